import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { errorText, toApiError } from "../../api/errors";
import type { DocumentKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { visible } from "../../components/hidden";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useOwnerChange } from "./queries";

/** Marks a document as managed elsewhere. */
export function MarkDialog({
  document,
  label,
  onClose,
}: {
  document: DocumentKey;
  label: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const mark = useOwnerChange(api.markDocument, onClose);
  const problem = mark.error ? toApiError(mark.error) : null;
  const atNote = problem?.field === "note";
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("owners.dialog.title")}
      description={t("owners.dialog.text")}
      badge={<SpaceBadge space={document.registry.space} registries={[document.registry]} />}
      onSubmit={() => {
        if (!mark.isPending) mark.mutate({ key: document, note });
      }}
      data-testid="dialog-mark"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={mark.isPending} data-testid="mark-submit">
            {t("owners.dialog.submit")}
          </Button>
        </>
      }
    >
      <p>
        <code>{visible(label)}</code>
      </p>
      <TextField
        label={t("owners.dialog.note")}
        hint={t("owners.dialog.noteHint")}
        error={problem && atNote ? errorText(problem) : undefined}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        data-testid="mark-note"
      />
      {problem && !atNote && <ErrorState error={problem} compact />}
    </Dialog>
  );
}
