import { registryId } from "../../../api/keys";
import type { RegistryKey, StepView } from "../../../api/types";

export interface RowGroup {
  /** `null` for what happens at no registry. */
  registry: RegistryKey | null;
  rows: { step: StepView; number: number }[];
}

/** Steps by registry, in the order in which each registry comes first. */
export function groupedRows(steps: readonly StepView[]): RowGroup[] {
  const groups = new Map<string, RowGroup>();
  steps.forEach((step, index) => {
    const key = step.registry ? registryId(step.registry) : "";
    const group = groups.get(key) ?? { registry: step.registry, rows: [] };
    group.rows.push({ step, number: index + 1 });
    groups.set(key, group);
  });
  return [...groups.values()];
}
