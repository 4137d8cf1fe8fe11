import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LayoutDashboard } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { Overview } from "../../api/types";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { Page, PageHeader } from "../../components/PageHeader";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { useVisible } from "../frame/queries";
import { useScope, useScopeRegistries } from "../frame/scope";
import { RegistryMap } from "./RegistryMap";
import { RuleList } from "./RuleList";
import { RunningNow } from "./RunningNow";

/** The first screen: accounts by Region, the rules between them, and the current runs. */
export function OverviewPage() {
  const { t } = useTranslation();
  const { scope } = useScope();
  const registries = useScopeRegistries();
  useVisible({ registries, repository: null, images: [] });
  const overview = useQuery({
    queryKey: [...keys.overview, scope],
    queryFn: () => api.overview(scope),
    placeholderData: (before) => before,
  });
  return (
    <Page
      name="overview"
      header={<PageHeader title={t("overview.title")} subtitle={t("overview.subtitle")} />}
    >
      {overview.error && !overview.data ? (
        <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />
      ) : !overview.data ? (
        <SkeletonLines lines={6} />
      ) : overview.data.registries.length === 0 ? (
        <NoAccounts />
      ) : (
        <Content overview={overview.data} />
      )}
    </Page>
  );
}

function Content({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  return (
    <>
      <Card title={t("overview.accountsByRegions")} flush data-testid="overview-registries">
        <RegistryMap overview={overview} />
      </Card>
      <RuleList
        links={overview.links}
        unread={overview.registries.filter(({ asOf, problem }) => asOf === null || problem !== null).length}
      />
      <RunningNow />
    </>
  );
}

function NoAccounts() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <EmptyState
      icon={<LayoutDashboard />}
      title={t("overview.empty")}
      text={t("overview.emptyText")}
      actions={
        <Button onClick={() => void navigate({ to: "/settings", search: { tab: "accounts" } })}>
          {t("overview.toSettings")}
        </Button>
      }
    />
  );
}
