import type { TFunction } from "i18next";
import { registryId } from "../../api/keys";
import type { DriftCell, DriftPlace, DriftRow, RegistryKey } from "../../api/types";
import { Badge } from "../../components/Badge";
import type { Column } from "../../components/DataGrid";
import { LongName } from "../../components/Values";

/** A column with the names, and one for each registry. */
export function driftColumns(
  t: TFunction,
  places: readonly DriftPlace[],
  nameOf: (registry: RegistryKey) => string,
): Column<DriftRow>[] {
  const name: Column<DriftRow> = {
    id: "name",
    header: t("registries.drift.repository"),
    width: "minmax(180px, 1.4fr)",
    cell: (row) => <LongName text={row.name} mono />,
  };
  const cells = places.map(
    ({ registry }, index): Column<DriftRow> => ({
      id: registryId(registry),
      header: nameOf(registry),
      width: "minmax(140px, 1fr)",
      cell: (row) => <Cell t={t} cell={row.cells[index]} reference={index === 0} />,
    }),
  );
  return [name, ...cells];
}

function Cell({ t, cell, reference }: { t: TFunction; cell: DriftCell | undefined; reference: boolean }) {
  if (!cell) return null;
  const { state, settings = [] } = cell;
  if (reference && state === "same") return <span>{t("registries.drift.state.reference")}</span>;
  const title = settings.map((setting) => t(`comparison.setting.${setting}`)).join(", ");
  if (state === "different") {
    return (
      <Badge tone="warning" title={title} data-testid="cell-different">
        {settings.length === 1 ? title : t("registries.drift.state.different", { count: settings.length })}
      </Badge>
    );
  }
  if (state === "missing") {
    return (
      <Badge tone="danger" data-testid="cell-missing">
        {t("registries.drift.state.missing")}
      </Badge>
    );
  }
  return <span data-testid={`cell-${state}`}>{t(`registries.drift.state.${state}`)}</span>;
}
