import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";
import { Tabs } from "../../components/Tabs";
import { NoAccounts } from "../frame/NoAccounts";
import { useScope } from "../frame/scope";
import { DriftTab } from "./DriftTab";
import { PairTab } from "./PairTab";

type Tab = "settings" | "images" | "failover";

/** Registries side by side: settings, images, and whether one can stand in for another. */
export function ComparePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { accounts } = useScope();
  const { tab = "settings" } = useSearch({ from: "/compare" });
  const show = (next: Tab) => void navigate({ to: "/compare", search: { tab: next }, replace: true });
  return (
    <Page
      name="compare"
      header={<PageHeader title={t("registries.title")} subtitle={t("registries.subtitle")} />}
    >
      {accounts.length === 0 ? (
        <NoAccounts />
      ) : (
        <Tabs
          label={t("registries.sections")}
          value={tab}
          onChange={show}
          data-testid="compare-tab"
          tabs={[
            { value: "settings", label: t("registries.tabs.settings"), content: <DriftTab /> },
            { value: "images", label: t("registries.tabs.images"), content: <PairTab mode="images" /> },
            { value: "failover", label: t("registries.tabs.failover"), content: <PairTab mode="failover" /> },
          ]}
        />
      )}
    </Page>
  );
}
