import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { errorText, toApiError } from "../../api/errors";
import type { ApiError } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";

/** Whether a call, or an account, waits for the code of an MFA device; a refused code is asked for again. */
export function needsCode(error: unknown): boolean {
  return ["mfa-code-needed", "mfa-code-refused"].includes(toApiError(error).code);
}

/** A call that waits for a code. */
interface Waiting {
  /** The device; empty if it is not known. */
  serial: string;
  /** Why it waits. */
  error: unknown;
  call: () => Promise<unknown>;
  resolve: (response: unknown) => void;
  reject: (error: unknown) => void;
}

/** Asks for the code of an MFA device, and makes calls again with it. */
export interface Mfa {
  /**
   * Makes a call again after a code was entered. A cancelled dialog rejects with `error`, because of which the
   * code is asked for. `serial` is the device's, if the error does not name it.
   */
  ask: <Response>(call: () => Promise<Response>, error: unknown, serial: string | null) => Promise<Response>;
  /** The dialog, to be rendered inside the dialog that makes the calls. */
  dialog: ReactNode;
}

/** Calls that need the code of an MFA device. */
export function useMfa(): Mfa {
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  return {
    ask: (call, error, serial) =>
      new Promise((resolve, reject) =>
        setWaiting({
          serial: deviceOf(toApiError(error)) ?? serial ?? "",
          error,
          call,
          resolve: resolve as Waiting["resolve"],
          reject,
        }),
      ),
    dialog: waiting && <MfaDialog waiting={waiting} onClose={() => setWaiting(null)} />,
  };
}

// The field of a refused code is that of the code itself.
function deviceOf({ field }: ApiError): string | null {
  return field === "code" ? null : field;
}

function MfaDialog({ waiting, onClose }: { waiting: Waiting; onClose: () => void }) {
  const { t } = useTranslation();
  const [serial, setSerial] = useState(waiting.serial);
  const [known, setKnown] = useState(waiting.serial !== "");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const cancel = () => {
    onClose();
    waiting.reject(waiting.error);
  };
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await api.enterMfaCode({ serial: serial.trim(), code });
    } catch (refused) {
      setBusy(false);
      return setError(toApiError(refused));
    }
    try {
      const response = await waiting.call();
      onClose();
      waiting.resolve(response);
    } catch (failed) {
      if (!needsCode(failed)) {
        onClose();
        return waiting.reject(failed);
      }
      setBusy(false);
      // A chain of roles may need another device too.
      const next = deviceOf(toApiError(failed));
      setCode("");
      if (next && next !== serial.trim()) {
        setSerial(next);
        setKnown(true);
      } else setError(toApiError(failed));
    }
  };
  const atCode = error && (error.field === "code" || needsCode(error));
  return (
    <Dialog
      open
      onClose={cancel}
      size="small"
      title={t("frame.mfa.title")}
      onSubmit={() => {
        if (!busy) void submit();
      }}
      data-testid="dialog-mfa"
      footer={
        <>
          <Button onClick={cancel} data-testid="mfa-cancel">
            {t("common.cancel")}
          </Button>
          <Button
            type="submit"
            variant="primary"
            busy={busy}
            disabled={code.trim() === "" || serial.trim() === ""}
            data-testid="mfa-submit"
          >
            {t("frame.mfa.enter")}
          </Button>
        </>
      }
    >
      {known ? (
        <p>
          {t("frame.mfa.text")} <code data-testid="mfa-serial">{serial}</code>
        </p>
      ) : (
        <TextField
          label={t("frame.mfa.device")}
          hint={t("frame.mfa.deviceHint")}
          value={serial}
          onChange={(event) => setSerial(event.target.value)}
          mono
          data-testid="mfa-device"
        />
      )}
      <TextField
        label={t("frame.mfa.code")}
        hint={t("frame.mfa.codeHint")}
        error={atCode ? errorText(error) : undefined}
        value={code}
        onChange={(event) => setCode(event.target.value)}
        inputMode="numeric"
        autoComplete="one-time-code"
        autoFocus={known}
        mono
        data-testid="mfa-code"
      />
      {error && !atCode && <ErrorState error={error} compact />}
    </Dialog>
  );
}
