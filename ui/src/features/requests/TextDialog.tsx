import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Space } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { PasteOrFile } from "../../components/PasteOrFile";
import { ErrorState } from "../../components/States";
import { SpaceBadge } from "../frame/SpaceBadge";

/** Asks for the text of a request or a receipt. An error is shown until the text is changed. */
export function TextDialog({
  space,
  title,
  about,
  label,
  action,
  busy,
  error,
  onSubmit,
  onClose,
  "data-testid": testId,
}: {
  space: Space;
  title: string;
  about: string;
  label: string;
  /** The text of the button. */
  action: string;
  busy: boolean;
  /** The error of the last submission. */
  error: unknown;
  onSubmit: (text: string) => void;
  onClose: () => void;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [submitted, setSubmitted] = useState("");
  const ready = text.trim() !== "";
  const submit = () => {
    if (!ready || busy) return;
    setSubmitted(text);
    onSubmit(text);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={about}
      badge={<SpaceBadge space={space} />}
      onSubmit={submit}
      data-testid={`dialog-${testId}`}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={busy}
            disabled={!ready}
            data-testid={`${testId}-submit`}
          >
            {action}
          </Button>
        </>
      }
    >
      <PasteOrFile label={label} text={text} onText={setText} data-testid={`${testId}-text`} />
      {error !== null && error !== undefined && !busy && text === submitted && (
        <ErrorState error={error} compact onRetry={submit} />
      )}
    </Dialog>
  );
}
