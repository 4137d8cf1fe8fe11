import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Brush, Plus, RefreshCcwDot } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { RegistryKey, ReplicationView } from "../../api/types";
import { Button } from "../../components/Button";
import { CodeBlock } from "../../components/CodeBlock";
import { Findings } from "../../components/Findings";
import { fileName } from "../../components/fileName";
import { FRESH_FOR } from "../../components/fresh";
import { Page, PageHeader } from "../../components/PageHeader";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import { Ago } from "../../components/Values";
import { BackfillList } from "../backfill/BackfillList";
import { EngineRules } from "../engine/EngineRules";
import { ExportView } from "../exporting/ExportView";
import { NoAccounts } from "../frame/NoAccounts";
import { useVisible } from "../frame/queries";
import { RegistryPicker, useChosenRegistry } from "../frame/RegistryPicker";
import { OwnerBadge } from "../owners/OwnerBadge";
import { CheckReadiness } from "../readiness/CheckReadiness";
import { CheckReceiptButton } from "../requests/CheckReceipt";
import { KeptVersions } from "../runs/KeptVersions";
import { TemplatesView } from "../templates/TemplatesView";
import { RecentList } from "./RecentList";
import styles from "./Replication.module.css";
import { RuleCard } from "./RuleCard";

type Tab = "rules" | "recent" | "backfills" | "templates" | "document" | "export";

/** A registry's replication: its rules, the images they replicated, and the whole document. */
export function ReplicationPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/replication" });
  const navigate = useNavigate();
  const registry = useChosenRegistry(search);
  useVisible({ registries: registry ? [registry] : [], repository: null, images: [] });
  return (
    <Page
      name="replication"
      header={
        <PageHeader
          title={t("replication.title")}
          subtitle={t("replication.subtitle")}
          actions={
            <>
              <RegistryPicker
                value={registry}
                onChange={({ account, region }) =>
                  void navigate({ to: "/replication", search: { ...search, account, region } })
                }
              />
              <CheckReceiptButton />
              {registry && (
                <>
                  <Button
                    icon={<Brush />}
                    onClick={() => void navigate({ to: "/replication/clean-up", search: registry })}
                    data-testid="cleanup-open"
                  >
                    {t("replication.cleanUp")}
                  </Button>
                  <Button
                    variant="primary"
                    icon={<Plus />}
                    onClick={() => void navigate({ to: "/replication/edit", search: registry })}
                    data-testid="rule-add"
                  >
                    {t("replication.addRule")}
                  </Button>
                </>
              )}
            </>
          }
        />
      }
    >
      {registry ? (
        <RegistryReplication
          key={registryId(registry)}
          registry={registry}
          tab={search.tab ?? "rules"}
          onTab={(tab) => void navigate({ to: "/replication", search: { ...search, tab }, replace: true })}
        />
      ) : (
        <NoAccounts icon={<RefreshCcwDot />} />
      )}
    </Page>
  );
}

function RegistryReplication({
  registry,
  tab,
  onTab,
}: {
  registry: RegistryKey;
  tab: Tab;
  onTab: (tab: Tab) => void;
}) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: keys.replication(registry),
    queryFn: () => api.replication(registry),
    refetchInterval: FRESH_FOR,
  });
  const retry = () => void read.refetch();
  if (!read.data) {
    return read.error ? <ErrorState error={read.error} onRetry={retry} /> : <SkeletonLines lines={6} />;
  }
  const view = read.data;
  return (
    <div className={styles.page}>
      {read.error && <ErrorState error={read.error} compact onRetry={retry} />}
      <div className={styles.facts}>
        <span data-testid="destinations-used">
          {t("replication.destinationsUsed", { used: view.destinationsUsed })}
        </span>
        <span>
          {t("common.asOf")} <Ago at={view.asOf} />
        </span>
        <OwnerBadge document={{ registry, document: { document: "replication" } }} />
        {view.rules.length > 0 && <CheckReadiness registry={registry} all />}
      </div>
      <Findings findings={view.findings} />
      <Tabs<Tab>
        label={t("replication.sections")}
        value={tab}
        onChange={onTab}
        data-testid="replication-tab"
        tabs={[
          {
            value: "rules",
            label: t("replication.tabs.rules", { count: view.rules.length }),
            content: (
              <>
                <Rules view={view} />
                <EngineRules registry={registry} />
              </>
            ),
          },
          {
            value: "recent",
            label: t("replication.tabs.recent"),
            content: tab === "recent" && <RecentList registry={registry} />,
          },
          {
            value: "backfills",
            label: t("replication.tabs.backfills"),
            content: tab === "backfills" && <BackfillList registry={registry} />,
          },
          {
            value: "templates",
            label: t("replication.tabs.templates"),
            content: <TemplatesView registry={registry} />,
          },
          {
            value: "document",
            label: t("replication.tabs.document"),
            content: (
              <>
                <p className={styles.muted}>{t("replication.documentNote")}</p>
                <CodeBlock
                  name={t("replication.document")}
                  file={fileName("json", "replication", registry.account, registry.region)}
                  text={view.document}
                  maxHeight={560}
                  data-testid="replication-document"
                />
                <KeptVersions registry={registry} document="replication" />
              </>
            ),
          },
          {
            value: "export",
            label: t("replication.tabs.export"),
            content: tab === "export" && (
              <ExportView what={{ subject: "replication", registry }} version={view.document} />
            ),
          },
        ]}
      />
    </div>
  );
}

function Rules({ view }: { view: ReplicationView }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (view.rules.length === 0) {
    return (
      <EmptyState
        icon={<RefreshCcwDot />}
        title={t("replication.none")}
        text={t("replication.noneText")}
        data-testid="no-rules"
        actions={
          <Button
            onClick={() => void navigate({ to: "/replication/edit", search: view.registry })}
            data-testid="rule-add-first"
          >
            {t("replication.addRule")}
          </Button>
        }
      />
    );
  }
  return (
    <ul className={styles.rules} aria-label={t("replication.tabs.rules", { count: view.rules.length })}>
      {view.rules.map((rule) => (
        <RuleCard key={rule.id} registry={view.registry} rule={rule} />
      ))}
    </ul>
  );
}
