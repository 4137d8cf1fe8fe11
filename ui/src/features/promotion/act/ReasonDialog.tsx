import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { ErrorState } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { SpaceBadge } from "../../frame/SpaceBadge";

/** Asks for the reason of something that is kept on this computer. */
export function ReasonDialog({
  space,
  title,
  text,
  label,
  action,
  required = false,
  busy,
  error,
  onSubmit,
  onClose,
  "data-testid": testId,
}: {
  space: Space;
  title: string;
  text: string;
  label: string;
  /** The text of the button. */
  action: string;
  /** Whether a reason must be given. */
  required?: boolean;
  busy: boolean;
  error: unknown;
  onSubmit: (reason: string) => void;
  onClose: () => void;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const reason = typed.trim();
  const ready = !required || reason !== "";
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={title}
      description={text}
      badge={<SpaceBadge space={space} />}
      onSubmit={() => {
        if (ready && !busy) onSubmit(reason);
      }}
      data-testid={`dialog-${testId}`}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!ready}
            busy={busy}
            data-testid={`${testId}-submit`}
          >
            {action}
          </Button>
        </>
      }
    >
      <TextField
        label={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        data-testid={`${testId}-reason`}
      />
      {error !== null && error !== undefined && !busy && <ErrorState error={error} compact />}
    </Dialog>
  );
}
