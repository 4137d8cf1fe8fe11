import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "../../api/errors";
import type { NetworkView } from "../../api/types";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { ErrorState, Unread } from "../../components/States";
import { TextField } from "../../components/TextField";
import { useNetworkSettings, useSetNetworkSettings } from "./queries";
import styles from "./Settings.module.css";

const FIELDS = ["caFile", "proxy", "noProxy"] as const;

/** How the application reaches the network. */
export function NetworkForm() {
  const read = useNetworkSettings();
  if (!read.data) return <Unread read={read} />;
  return <Form key={JSON.stringify(read.data.settings)} view={read.data} />;
}

function Form({ view: { settings, proxyOfEnvironment, restart } }: { view: NetworkView }) {
  const { t } = useTranslation();
  const [form, setForm] = useState(settings);
  const save = useSetNetworkSettings();
  const failed = save.error ? toApiError(save.error) : undefined;
  const changed = FIELDS.some((field) => (form[field] ?? "") !== (settings[field] ?? ""));
  return (
    <form
      className={styles.network}
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) save.mutate(form);
      }}
    >
      {FIELDS.map((field) => (
        <TextField
          key={field}
          label={t(`settings.network.${field}`)}
          hint={t(`settings.network.${field}Hint`)}
          error={failed?.field === field ? failed.message : undefined}
          value={form[field] ?? ""}
          onChange={(event) => setForm({ ...form, [field]: event.target.value })}
          spellCheck={false}
          mono
          data-testid={`network-${field}`}
        />
      ))}
      {proxyOfEnvironment && <Notice severity="note">{t("settings.network.environment")}</Notice>}
      {restart && <Notice severity="note">{t("settings.network.restart")}</Notice>}
      {failed && !FIELDS.some((field) => field === failed.field) && (
        <ErrorState error={failed} compact onRetry={() => save.mutate(form)} />
      )}
      {changed && (
        <Button type="submit" size="small" busy={save.isPending} data-testid="network-save">
          {t("common.save")}
        </Button>
      )}
    </form>
  );
}
