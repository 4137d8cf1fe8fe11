import type { TFunction } from "i18next";
import { EllipsisVertical } from "lucide-react";
import type { ImageRow } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import type { Column } from "../../components/DataGrid";
import { Menu, type MenuItem } from "../../components/Menu";
import { Tags } from "../../components/Tags";
import { Ago, Bytes, Digest } from "../../components/Values";
import { destinationText, imageName, replicationLook, shownStates, typeText } from "./imageText";
import styles from "./Lists.module.css";

/** The columns of an image list. */
export function imageColumns(
  t: TFunction,
  onPromote: (image: ImageRow) => void,
  menu: (image: ImageRow) => MenuItem[],
): Column<ImageRow>[] {
  return [
    {
      id: "tag",
      header: t("images.columns.tag"),
      width: "minmax(160px, 2fr)",
      sortable: true,
      cell: (row) => <Tags tags={row.tags} />,
    },
    {
      id: "digest",
      header: t("images.columns.digest"),
      width: "132px",
      cell: (row) => <Digest value={row.digest} />,
    },
    {
      id: "replication",
      header: t("images.columns.replication"),
      width: "minmax(224px, 1.4fr)",
      cell: (row) => <ReplicationSummary image={row} t={t} />,
    },
    {
      id: "type",
      header: t("images.columns.type"),
      width: "104px",
      cell: (row) => (
        <span className={styles.ellipsis} title={row.mediaType}>
          {typeText(row, t)}
        </span>
      ),
    },
    {
      id: "size",
      header: t("images.columns.size"),
      width: "84px",
      align: "end",
      sortable: true,
      cell: (row) => <Bytes value={row.bytes} />,
    },
    {
      id: "pushed",
      header: t("images.columns.pushed"),
      width: "100px",
      sortable: true,
      cell: (row) => <Ago at={row.pushed} />,
    },
    {
      id: "pull",
      header: t("images.columns.pull"),
      width: "100px",
      cell: (row) => <Ago at={row.lastPull} />,
    },
    {
      id: "actions",
      header: t("images.columns.actions"),
      hideHeader: true,
      width: "116px",
      align: "end",
      cell: (row) => (
        <span className={styles.actions}>
          <Button
            variant="ghost"
            size="small"
            onClick={() => onPromote(row)}
            data-testid={`promote-${imageName(row)}`}
          >
            {t("images.detail.promote")}
          </Button>
          <Menu
            align="end"
            data-testid="image-menu"
            trigger={
              <IconButton
                label={t("common.actionsFor", { name: imageName(row) })}
                icon={<EllipsisVertical />}
                data-testid={`image-actions-${imageName(row)}`}
              />
            }
            items={menu(row)}
          />
        </span>
      ),
    },
  ];
}

function ReplicationSummary({ image, t }: { image: ImageRow; t: TFunction }) {
  const { replication, notReplicated } = image;
  const [only] = replication;
  if (!only) {
    if (notReplicated.length === 0) return <span className={styles.faint}>{t("common.none")}</span>;
    return (
      <StatusPill
        status="skipped"
        title={t("images.panel.notReplicatedText")}
        data-testid={`replication-${imageName(image)}`}
      >
        {t("images.replicationState.notReplicated")}
      </StatusPill>
    );
  }
  const where =
    replication.length === 1
      ? destinationText(only)
      : t("images.replicationState.summary", { count: replication.length });
  const all = replication
    .map((each) => `${destinationText(each)}: ${t(`images.replicationState.${each.state}`)}`)
    .concat(replication.some(({ state }) => state === "complete") ? t("images.arrival.perDigest") : [])
    .join("\n");
  return (
    <>
      {shownStates(replication).map((state, index) => (
        <StatusPill
          key={state}
          status={replicationLook(state)}
          title={all}
          data-testid={`replication-${imageName(image)}${index === 0 ? "" : `-${state}`}`}
        >
          {t(`images.replicationState.${state}`)}
        </StatusPill>
      ))}
      <span className={`${styles.faint} ${styles.ellipsis}`}>{where}</span>
    </>
  );
}
