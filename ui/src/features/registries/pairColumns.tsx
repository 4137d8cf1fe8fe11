import type { TFunction } from "i18next";
import type { ImageStanding, PairRow } from "../../api/types";
import { Badge } from "../../components/Badge";
import type { Column } from "../../components/DataGrid";
import { Ago, Digest, LongName } from "../../components/Values";

const tones: Record<ImageStanding, "success" | "warning" | "danger" | "neutral"> = {
  equal: "success",
  different: "warning",
  missing: "danger",
  extra: "neutral",
  nowhere: "danger",
};

/** The columns of images in two registries. */
export function pairColumns(t: TFunction): Column<PairRow>[] {
  const digest = (value: string | null) => (value ? <Digest value={value} copy={false} /> : "–");
  return [
    {
      id: "image",
      header: t("registries.pair.image"),
      width: "minmax(200px, 2fr)",
      cell: (row) => (
        <LongName text={row.tag === null ? row.repository : `${row.repository}:${row.tag}`} mono />
      ),
    },
    {
      id: "standing",
      header: t("registries.pair.standing"),
      width: "150px",
      cell: (row) => (
        <Badge tone={tones[row.standing]} data-testid={`standing-${row.standing}`}>
          {t(`registries.standing.${row.standing}`)}
        </Badge>
      ),
    },
    { id: "here", header: t("registries.pair.here"), width: "150px", cell: (row) => digest(row.here) },
    { id: "there", header: t("registries.pair.there"), width: "150px", cell: (row) => digest(row.there) },
    {
      id: "pushed",
      header: t("registries.pair.pushed"),
      width: "110px",
      cell: (row) => <Ago at={row.pushed} />,
    },
  ];
}
