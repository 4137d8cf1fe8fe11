import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "../../api/errors";
import type { SandboxSettings } from "../../api/types";
import { Button } from "../../components/Button";
import { Unread } from "../../components/States";
import { TextField } from "../../components/TextField";
import { showToast } from "../../components/Toaster";
import { useSandboxSettings, useSetSandboxSettings } from "./queries";
import styles from "./Settings.module.css";

const MOST_MS = 600_000;

/** How long a replication takes in the sandbox. */
export function DelayForm() {
  const read = useSandboxSettings();
  if (!read.data) return <Unread read={read} />;
  return <Form key={read.data.replicationDelayMs} settings={read.data} />;
}

function Form({ settings }: { settings: SandboxSettings }) {
  const { t } = useTranslation();
  const [text, setText] = useState(String(settings.replicationDelayMs));
  const save = useSetSandboxSettings();
  const delay = /^\d+$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
  const wrong = !(delay <= MOST_MS);
  const failed = save.error ? toApiError(save.error).message : undefined;
  return (
    <form
      className={styles.narrow}
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong) return;
        save.mutate(
          { ...settings, replicationDelayMs: delay },
          { onSuccess: () => showToast({ kind: "success", title: t("settings.sandbox.delaySaved") }) },
        );
      }}
    >
      <TextField
        label={t("settings.sandbox.delay")}
        hint={t("settings.sandbox.delayHint")}
        error={wrong ? t("settings.sandbox.delayWrong") : failed}
        value={text}
        onChange={(event) => setText(event.target.value)}
        inputMode="numeric"
        mono
        data-testid="replication-delay"
      />
      {delay !== settings.replicationDelayMs && (
        <Button
          type="submit"
          size="small"
          disabled={wrong}
          busy={save.isPending}
          data-testid="replication-delay-save"
        >
          {t("common.save")}
        </Button>
      )}
    </form>
  );
}
