import { useMutation } from "@tanstack/react-query";
import { FileDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Button, IconButton } from "./Button";
import { CopyButton } from "./CopyButton";
import { visible } from "./hidden";
import styles from "./SaveFile.module.css";
import { ErrorState } from "./States";

/** A text that can be saved as a file, and what became of it. */
export interface SavingFile {
  save: () => void;
  busy: boolean;
  /** Where the file is; null until exactly this text is saved. */
  path: string | null;
  error: unknown;
}

/** Saves a text as a file. What was saved or refused counts only for the text that it was. */
export function useSaveFile(file: string, text: string): SavingFile {
  const saving = useMutation({ mutationFn: api.saveText });
  const { variables: of } = saving;
  const current = of?.name === file && of.text === text;
  return {
    save: () => saving.mutate({ name: file, text }),
    busy: saving.isPending,
    path: current ? (saving.data?.path ?? null) : null,
    error: current ? saving.error : null,
  };
}

/** The button that saves. With `label` it is a button with text, otherwise an icon. */
export function SaveButton({
  saving,
  name,
  label,
  disabled,
  "data-testid": testId,
}: {
  saving: SavingFile;
  /** The kind of text, for the accessible name. */
  name: string;
  label?: string;
  disabled?: boolean;
  "data-testid"?: string | undefined;
}) {
  const { t } = useTranslation();
  const accessible = t("common.saveWhat", { what: name });
  return label ? (
    <Button
      size="small"
      icon={<FileDown />}
      busy={saving.busy}
      disabled={disabled}
      onClick={saving.save}
      aria-label={`${label}: ${accessible}`}
      data-testid={testId}
    >
      {label}
    </Button>
  ) : (
    <IconButton
      label={accessible}
      icon={<FileDown />}
      disabled={disabled || saving.busy}
      onClick={saving.save}
      data-testid={testId}
    />
  );
}

/** Where the file is, or why it could not be saved. */
export function SaveResult({ saving }: { saving: SavingFile }) {
  const { t } = useTranslation();
  const { path, error, busy } = saving;
  return (
    <div role="status" className={styles.result}>
      {path !== null && (
        <p className={styles.saved} data-testid="file-saved">
          <span>
            {t("common.savedAs")} <code>{visible(path)}</code>
          </span>
          <CopyButton text={path} name={t("common.path")} />
        </p>
      )}
      {error !== null && !busy && <ErrorState error={error} compact onRetry={saving.save} />}
    </div>
  );
}
