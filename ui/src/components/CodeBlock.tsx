import styles from "./CodeBlock.module.css";
import { CopyButton } from "./CopyButton";
import { cx } from "./cx";
import { SaveButton, SaveResult, useSaveFile } from "./SaveFile";

/** Text to copy verbatim: a command or a document. */
export function CodeBlock({
  text,
  copies = text,
  file,
  name,
  wrap,
  maxHeight = 360,
  "data-testid": testId,
}: {
  text: string;
  /** The text to copy and to save, if it differs from the displayed text. */
  copies?: string;
  /** The name of the file as which it can be saved, if it is a whole document. */
  file?: string;
  /** Its name, for the accessible names. */
  name: string;
  wrap?: boolean;
  maxHeight?: number;
  "data-testid"?: string;
}) {
  const saving = useSaveFile(file ?? "", copies);
  return (
    <>
      <div className={styles.frame}>
        <pre
          className={cx(styles.code, wrap && styles.wrap, file !== undefined && styles.saves)}
          style={{ maxHeight }}
          tabIndex={0}
          role="region"
          aria-label={name}
          data-testid={testId}
        >
          {text}
        </pre>
        <div className={styles.buttons}>
          {file !== undefined && (
            <SaveButton saving={saving} name={name} data-testid={testId && `${testId}-save`} />
          )}
          <CopyButton text={copies} name={name} data-testid={testId && `${testId}-copy`} />
        </div>
      </div>
      {file !== undefined && <SaveResult saving={saving} />}
    </>
  );
}
