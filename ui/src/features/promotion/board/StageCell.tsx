import { useTranslation } from "react-i18next";
import type { BoardCell } from "../../../api/types";
import { shortDigest } from "../../../components/format";
import { Ago, LongName } from "../../../components/Values";
import styles from "./Board.module.css";
import { Marks } from "./Marks";
import { isUnknown } from "./rows";

/** The build of a service in a stage. */
export function StageCell({ cell, compact }: { cell: BoardCell; compact: boolean }) {
  const { t } = useTranslation();
  const { digest, tag, since, by } = cell;
  if (digest === null) {
    return (
      <div className={styles.cell}>
        <div className={styles.line}>
          <span className={styles.faint} title={cell.differing.join("\n")}>
            {t(isUnknown(cell) ? "board.unread" : "board.nothing")}
          </span>
          <Marks cell={cell} />
        </div>
      </div>
    );
  }
  return (
    <div className={styles.cell}>
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
    </div>
  );
}
