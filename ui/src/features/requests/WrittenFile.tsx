import { useTranslation } from "react-i18next";
import { CodeBlock } from "../../components/CodeBlock";
import { CopyButton } from "../../components/CopyButton";
import styles from "./Requests.module.css";

/** A text that a person sends on, and the name to save it under. */
export function WrittenFile({
  name,
  file,
  text,
  "data-testid": testId,
}: {
  /** The kind of text. */
  name: string;
  file: string;
  text: string;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles.file}>
      <div className={styles.buttons}>
        <CopyButton name={name} label={t("requests.copy")} text={text} data-testid={`${testId}-copy-text`} />
        <span className={styles.muted}>
          {t("requests.saveAs")} <code>{file}</code>
        </span>
      </div>
      <CodeBlock name={name} text={text} maxHeight={260} data-testid={testId} />
    </div>
  );
}
