import { FolderOpen } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { visible } from "./hidden";
import styles from "./PasteOrFile.module.css";
import { readFile, tooLarge } from "./readFile";
import { ErrorState } from "./States";
import { TextArea } from "./TextField";

/** A text that is pasted, dropped, or read from a file. A text that is too large is not taken. */
export function PasteOrFile({
  label,
  text,
  onText,
  "data-testid": testId,
}: {
  label: string;
  text: string;
  onText: (text: string) => void;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const [file, setFile] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const input = useRef<HTMLInputElement>(null);
  const take = async (chosen: File) => {
    try {
      const read = await readFile(chosen);
      setError(null);
      setFile(chosen.name);
      onText(read);
    } catch (refused) {
      setError(refused);
    }
  };
  const type = (typed: string) => {
    const large = tooLarge(new Blob([typed]).size);
    setError(large);
    if (large) return;
    setFile(null);
    onText(typed);
  };
  return (
    <div className={styles.file}>
      <TextArea
        label={label}
        hint={file === null ? undefined : t("common.file.chosen", { name: visible(file) })}
        value={text}
        onChange={(event) => type(event.target.value)}
        onDrop={(event) => {
          const dropped = event.dataTransfer.files[0];
          if (!dropped) return;
          event.preventDefault();
          void take(dropped);
        }}
        rows={8}
        mono
        data-testid={testId}
      />
      <div className={styles.buttons}>
        <Button
          size="small"
          icon={<FolderOpen />}
          onClick={() => input.current?.click()}
          data-testid={`${testId}-choose`}
        >
          {t("common.file.choose")}
        </Button>
        <span className={styles.muted}>{t("common.file.drop")}</span>
        <input
          ref={input}
          type="file"
          className={styles.hidden}
          aria-label={t("common.file.choose")}
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            // The same file can be chosen again after it was changed.
            event.target.value = "";
            if (chosen) void take(chosen);
          }}
          data-testid={`${testId}-file`}
        />
      </div>
      {error !== null && <ErrorState error={error} compact />}
    </div>
  );
}
