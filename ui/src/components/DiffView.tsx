import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { DiffLine } from "../api/types";
import { cx } from "./cx";
import styles from "./DiffView.module.css";
import { diffLines } from "./diff";

const signs = { same: " ", added: "+", removed: "−" } as const;

/** The changes to a whole document, line by line. */
export function DiffView({
  name,
  diff,
  before,
  after,
  maxHeight = 360,
  "data-testid": testId,
}: {
  /** The document's name, for the accessible name. */
  name: string;
  maxHeight?: number;
  "data-testid"?: string;
} & (
  | { diff: readonly DiffLine[]; before?: undefined; after?: undefined }
  | { diff?: undefined; before: string; after: string }
)) {
  const { t } = useTranslation();
  const lines = useMemo(() => diff ?? diffLines(before, after), [diff, before, after]);
  const added = lines.filter((line) => line.kind === "added").length;
  const removed = lines.filter((line) => line.kind === "removed").length;
  return (
    <figure className={styles.figure} data-testid={testId}>
      <figcaption className={styles.caption}>
        <span>{name}</span>
        {added + removed === 0 ? (
          <span className={styles.faint}>{t("diff.same")}</span>
        ) : (
          <span>
            <span className={styles.plus}>{t("diff.added", { count: added })}</span>{" "}
            <span className={styles.minus}>{t("diff.removed", { count: removed })}</span>
          </span>
        )}
      </figcaption>
      <div className={styles.scroll} style={{ maxHeight }} tabIndex={0} role="region" aria-label={name}>
        <div className={styles.lines}>
          {lines.map((line, index) => (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
              key={index}
              className={cx(styles.line, styles[line.kind])}
              data-kind={line.kind}
            >
              <span className={styles.sign} aria-hidden="true">
                {signs[line.kind]}
              </span>
              {line.kind !== "same" && <span className="visually-hidden">{t(`diff.line.${line.kind}`)}</span>}
              <span>{line.text}</span>
            </div>
          ))}
        </div>
      </div>
    </figure>
  );
}
