import styles from "./CodeBlock.module.css";
import { CopyButton } from "./CopyButton";
import { cx } from "./cx";

/** Text to copy verbatim: a command or a document. */
export function CodeBlock({
  text,
  copies = text,
  name,
  wrap,
  maxHeight = 360,
  "data-testid": testId,
}: {
  text: string;
  /** The text to copy, if it differs from the displayed text. */
  copies?: string;
  /** Its name, for the accessible names. */
  name: string;
  wrap?: boolean;
  maxHeight?: number;
  "data-testid"?: string;
}) {
  return (
    <div className={styles.frame}>
      <pre
        className={cx(styles.code, wrap && styles.wrap)}
        style={{ maxHeight }}
        tabIndex={0}
        role="region"
        aria-label={name}
        data-testid={testId}
      >
        {text}
      </pre>
      <div className={styles.copy}>
        <CopyButton text={copies} name={name} data-testid={testId && `${testId}-copy`} />
      </div>
    </div>
  );
}
