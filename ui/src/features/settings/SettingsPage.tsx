import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";
import { Tabs } from "../../components/Tabs";
import { AccountsSection } from "./AccountsSection";
import { AppSection } from "./AppSection";
import { SandboxSection } from "./SandboxSection";

/** Accounts, the sandbox, and the application itself. */
export function SettingsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab, connect } = useSearch({ from: "/settings" });
  const setConnecting = useCallback(
    (connecting: boolean) =>
      void navigate({
        to: "/settings",
        search: { tab: "accounts", ...(connecting ? { connect: true } : {}) },
        replace: true,
      }),
    [navigate],
  );
  return (
    <Page name="settings" header={<PageHeader title={t("settings.title")} />}>
      <Tabs
        label={t("settings.sections")}
        value={tab}
        onChange={(next) => void navigate({ to: "/settings", search: { tab: next }, replace: true })}
        data-testid="settings-tab"
        tabs={[
          {
            value: "accounts",
            label: t("settings.tabs.accounts"),
            content: <AccountsSection connecting={connect ?? false} onConnecting={setConnecting} />,
          },
          { value: "sandbox", label: t("settings.tabs.sandbox"), content: <SandboxSection /> },
          { value: "app", label: t("settings.tabs.app"), content: <AppSection /> },
        ]}
      />
    </Page>
  );
}
