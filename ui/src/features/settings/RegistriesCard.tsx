import { KeyRound, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { OtherRegistry } from "../../api/types";
import { Badge } from "../../components/Badge";
import { IconButton } from "../../components/Button";
import { Card } from "../../components/Card";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { ErrorState } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { CredentialsDialog } from "../engine/CredentialsDialog";
import { useOtherRegistries, useRemoveRegistry } from "../engine/queries";
import styles from "./Settings.module.css";

/** Registries outside ECR and their stored settings. Hidden while there are none. */
export function RegistriesCard() {
  const { t } = useTranslation();
  const registries = useOtherRegistries();
  const [changing, setChanging] = useState<OtherRegistry | null>(null);
  const [removing, setRemoving] = useState<OtherRegistry | null>(null);
  if (registries.error && !registries.data) {
    return <ErrorState error={registries.error} onRetry={() => void registries.refetch()} />;
  }
  if (!registries.data || registries.data.length === 0) return null;
  return (
    <Card title={t("settings.registries.title")} flush data-testid="other-registries">
      <ul>
        {registries.data.map((registry) => (
          <li key={registry.host} className={styles.account} data-testid={`registry-${registry.host}`}>
            <div className={styles.accountHead}>
              <strong className={styles.host}>{registry.host}</strong>
              {registry.insecure && <Badge tone="warning">{t("settings.registries.insecure")}</Badge>}
              <span className={styles.spread} />
              <IconButton
                label={`${t("settings.registries.change")} ${registry.host}`}
                icon={<KeyRound />}
                onClick={() => setChanging(registry)}
                data-testid={`registry-change-${registry.host}`}
              />
              <IconButton
                label={t("settings.registries.removeNamed", { host: registry.host })}
                icon={<Trash2 />}
                onClick={() => setRemoving(registry)}
                data-testid={`registry-remove-${registry.host}`}
              />
            </div>
            <p className={styles.signs}>
              {registry.user === null
                ? t("settings.registries.docker")
                : t("settings.registries.user", { user: registry.user })}
            </p>
          </li>
        ))}
      </ul>
      {changing && (
        <CredentialsDialog host={changing.host} known={changing} onClose={() => setChanging(null)} />
      )}
      {removing && <RemoveDialog host={removing.host} onClose={() => setRemoving(null)} />}
    </Card>
  );
}

function RemoveDialog({ host, onClose }: { host: string; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useRemoveRegistry(() => {
    showToast({ kind: "success", title: t("settings.registries.removed", { host }) });
    onClose();
  });
  return (
    <ConfirmDialog
      open
      onCancel={onClose}
      onConfirm={() => remove.mutate({ host })}
      title={t("settings.registries.removeTitle", { host })}
      action={t("settings.registries.remove")}
      danger
      busy={remove.isPending}
      error={remove.error}
      data-testid="dialog-remove-registry"
    >
      {t("settings.registries.removeText")}
    </ConfirmDialog>
  );
}
