import { useTranslation } from "react-i18next";
import { CodeBlock } from "../../components/CodeBlock";
import { CopyButton } from "../../components/CopyButton";
import { SaveButton, SaveResult, useSaveFile } from "../../components/SaveFile";
import styles from "./Requests.module.css";

/** A text that a person sends on, copied or saved as a file. */
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
  const saving = useSaveFile(file, text);
  return (
    <div className={styles.file}>
      <div className={styles.buttons}>
        <CopyButton name={name} label={t("requests.copy")} text={text} data-testid={`${testId}-copy-text`} />
        <SaveButton
          saving={saving}
          name={name}
          label={t("common.saveFile")}
          data-testid={`${testId}-save-text`}
        />
        <code className={styles.muted}>{file}</code>
      </div>
      <SaveResult saving={saving} />
      <CodeBlock name={name} text={text} maxHeight={260} data-testid={testId} />
    </div>
  );
}
