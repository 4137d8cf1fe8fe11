import { registryId } from "../../api/keys";
import type { Drift, DriftRow, PlanRequest, RegistryKey, RepositorySetting } from "../../api/types";

/** The settings that can be made equal. */
export const CHANGEABLE = ["tagMutability", "scanOnPush", "lifecyclePolicy", "repositoryPolicy"] as const;

/** Whether a repository is not the same everywhere. */
export function differs(row: DriftRow): boolean {
  return row.cells.some(({ state }) => state !== "same" && state !== "absent");
}

/** The rows that are shown. */
export function shownRows(drift: Drift, text: string, onlyDifferences: boolean): DriftRow[] {
  const wanted = text.trim().toLowerCase();
  return drift.rows.filter(
    (row) => (!onlyDifferences || differs(row)) && (wanted === "" || row.name.toLowerCase().includes(wanted)),
  );
}

/** Whether something of a row can be made equal: a setting that differs, or a repository that is missing. */
export function isRepairable(row: DriftRow, create: boolean): boolean {
  if (row.cells[0]?.state !== "same") return false;
  return row.cells.some(
    ({ state, settings = [] }) =>
      (create && state === "missing") ||
      settings.some((setting: RepositorySetting) => setting !== "encryption"),
  );
}

/** The plan that makes rows equal to the reference; null if nothing can be. */
export function equalPlan(
  drift: Drift,
  rows: readonly DriftRow[],
  create: boolean,
): Extract<PlanRequest, { change: "makeAllEqual" }> | null {
  const [reference, ...others] = drift.places;
  const repositories = rows.filter((row) => isRepairable(row, create)).map(({ name }) => name);
  if (!reference || others.length === 0 || repositories.length === 0) return null;
  return {
    change: "makeAllEqual",
    reference: reference.registry,
    repositories,
    with: others.map(({ registry }) => registry),
    settings: [...CHANGEABLE],
    create,
  };
}

/** The registries that are compared with the reference: those of the scope that were not left out. */
export function chosenPlaces(
  registries: readonly RegistryKey[],
  reference: RegistryKey,
  left: ReadonlySet<string>,
): RegistryKey[] {
  const own = registryId(reference);
  return registries.filter((each) => registryId(each) !== own && !left.has(registryId(each)));
}
