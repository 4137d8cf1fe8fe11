import { ArrowRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BoardCell } from "../../../../api/types";
import { IconButton } from "../../../../components/Button";
import { cx } from "../../../../components/cx";
import { shortDigest } from "../../../../components/format";
import { Ago, LongName } from "../../../../components/Values";
import styles from "../Board.module.css";
import type { BoardMoves } from "../moves";
import { isUnknown } from "../rows";
import { CellMenu } from "./CellMenu";
import { Marks } from "./Marks";

/** The build of a service in a stage. It is dragged to the next stage, and takes a build of the stage before. */
export function StageCell({
  service,
  cell,
  compact,
  moves,
}: {
  service: string;
  cell: BoardCell;
  compact: boolean;
  moves: BoardMoves;
}) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const { digest, stage } = cell;
  const [next] = digest === null ? [] : moves.targets(stage);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form
    <div
      role="group"
      aria-label={t("board.cell", { service, stage })}
      className={cx(styles.cell, over && styles.over)}
      draggable={next !== undefined}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = "copy";
        event.dataTransfer.setData("text/plain", digest ?? "");
        moves.drag({ service, cell });
      }}
      onDragEnd={() => moves.drag(null)}
      onDragOver={(event) => {
        if (!moves.takes(service, stage)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (!moves.takes(service, stage)) return;
        event.preventDefault();
        moves.drop(stage);
      }}
      data-service={service}
      data-stage={stage}
      data-testid={`cell-${service}-${stage}`}
    >
      <div className={styles.text}>
        {digest === null ? <Empty cell={cell} /> : <Build cell={cell} digest={digest} compact={compact} />}
      </div>
      {next !== undefined && (
        <IconButton
          label={t("board.actions.promoteOne", { service, stage: next })}
          icon={<ArrowRight />}
          onClick={() => moves.act({ kind: "promote", service, cell, to: next })}
          data-testid={`promote-${service}-${stage}`}
        />
      )}
      <CellMenu service={service} cell={cell} moves={moves} />
    </div>
  );
}

function Empty({ cell }: { cell: BoardCell }) {
  const { t } = useTranslation();
  return (
    <div className={styles.line}>
      <span className={styles.faint} title={cell.differing.join("\n")}>
        {t(isUnknown(cell) ? "board.unread" : "board.nothing")}
      </span>
      <Marks cell={cell} />
    </div>
  );
}

function Build({ cell, digest, compact }: { cell: BoardCell; digest: string; compact: boolean }) {
  const { tag, since, by } = cell;
  return (
    <>
      <div className={styles.line}>
        <span className={styles.tag}>
          <LongName text={tag ?? shortDigest(digest)} mono />
        </span>
        <Marks cell={cell} />
      </div>
      {!compact && (
        <div className={styles.under}>
          <code title={digest}>{shortDigest(digest)}</code>
          <Ago at={since} />
          {by !== null && (
            <span className={styles.by} title={by}>
              {by}
            </span>
          )}
        </div>
      )}
    </>
  );
}
