import { useTranslation } from "react-i18next";
import type { Theme } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Card, Facts } from "../../components/Card";
import { CopyButton } from "../../components/CopyButton";
import { RadioGroup } from "../../components/RadioGroup";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Switch } from "../../components/Switch";
import { useSettings, useStatus } from "../frame/queries";
import { NetworkForm } from "./NetworkForm";
import { useSetSettings } from "./queries";
import styles from "./Settings.module.css";

const themes: readonly Theme[] = ["system", "light", "dark"];

/** The application's appearance, notifications and version. */
export function AppSection() {
  const { t } = useTranslation();
  const settings = useSettings();
  const set = useSetSettings();
  const { data } = settings;
  return (
    <div className={styles.stack}>
      <Card title={t("settings.app.appearance")}>
        {settings.error && !data ? (
          <ErrorState error={settings.error} compact onRetry={() => void settings.refetch()} />
        ) : data ? (
          <>
            <RadioGroup
              label={t("settings.app.theme")}
              value={data.theme}
              onChange={(theme) => set.mutate({ ...data, theme })}
              options={themes.map((value) => ({ value, label: t(`settings.app.themes.${value}`) }))}
              data-testid="theme"
            />
            <Switch
              label={t("settings.app.notifications")}
              hint={t("settings.app.notificationsHint")}
              checked={data.notifications}
              onChange={(notifications) => set.mutate({ ...data, notifications })}
              data-testid="notifications"
            />
            {set.error && <ErrorState error={set.error} compact />}
          </>
        ) : (
          <SkeletonLines lines={3} />
        )}
      </Card>
      <Card title={t("settings.network.title")}>
        <NetworkForm />
      </Card>
      <About />
    </div>
  );
}

function About() {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  if (!status) return null;
  const { keychain } = status;
  return (
    <Card title={t("settings.app.about")}>
      <Facts
        facts={[
          { name: t("settings.app.version"), value: status.version },
          {
            name: t("settings.app.data"),
            value: (
              <span className={styles.line}>
                <code>{status.dataDirectory}</code>
                <CopyButton text={status.dataDirectory} name={t("settings.app.data")} />
              </span>
            ),
          },
          {
            name: t("settings.app.keychain"),
            value: (
              <>
                <StatusPill status={keychain.state === "available" ? "complete" : "warning"}>
                  {t(`settings.app.keychainState.${keychain.state}`)}
                </StatusPill>
                {"hint" in keychain && <p className={styles.muted}>{keychain.hint}</p>}
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}
