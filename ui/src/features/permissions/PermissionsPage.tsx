import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ShieldCheck, ShieldPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { PolicyView, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Findings } from "../../components/Findings";
import { FRESH_FOR } from "../../components/fresh";
import { Page, PageHeader } from "../../components/PageHeader";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import { Ago } from "../../components/Values";
import { ExportView } from "../exporting/ExportView";
import { NoAccounts } from "../frame/NoAccounts";
import { useVisible } from "../frame/queries";
import { RegistryPicker, useChosenRegistry } from "../frame/RegistryPicker";
import { OwnerBadge } from "../owners/OwnerBadge";
import { OpenRequestButton } from "../requests/OpenRequest";
import { KeptVersions } from "../runs/KeptVersions";
import { DocumentEditor, type Draft } from "./DocumentEditor";
import { GenerateStatement } from "./GenerateStatement";
import { LengthMeter } from "./LengthMeter";
import { PasteAndCheck } from "./PasteAndCheck";
import styles from "./Permissions.module.css";
import { PolicyScope } from "./PolicyScope";
import { StatementCard } from "./StatementCard";

type Tab = "statements" | "paste" | "document" | "export";

/** A registry's policy: by statement, as a document, and pasted from elsewhere. */
export function PermissionsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/permissions" });
  const navigate = useNavigate();
  const registry = useChosenRegistry(search);
  useVisible({ registries: registry ? [registry] : [], repository: null, images: [] });
  const [generating, setGenerating] = useState(false);
  const generate = (
    <Button
      variant="primary"
      icon={<ShieldPlus />}
      onClick={() => setGenerating(true)}
      data-testid="statement-generate"
    >
      {t("permissions.generate")}
    </Button>
  );
  return (
    <Page
      name="permissions"
      header={
        <PageHeader
          title={t("permissions.title")}
          subtitle={t("permissions.subtitle")}
          actions={
            <>
              <RegistryPicker
                value={registry}
                onChange={({ account, region }) =>
                  void navigate({ to: "/permissions", search: { ...search, account, region } })
                }
              />
              <OpenRequestButton />
              {registry && generate}
            </>
          }
        />
      }
    >
      {registry ? (
        <>
          <RegistryPermissions
            key={registryId(registry)}
            registry={registry}
            tab={search.tab ?? "statements"}
            onTab={(tab) => void navigate({ to: "/permissions", search: { ...search, tab }, replace: true })}
            onGenerate={() => setGenerating(true)}
          />
          {(generating || search.from) && (
            <GenerateStatement
              key={`generate ${registryId(registry)} ${search.from}`}
              registry={registry}
              start={search.from ? { account: search.from, prefixes: search.prefixes ?? [] } : undefined}
              onClose={() => {
                setGenerating(false);
                const { from, prefixes, ...rest } = search;
                if (from) void navigate({ to: "/permissions", search: rest, replace: true });
              }}
            />
          )}
        </>
      ) : (
        <NoAccounts icon={<ShieldCheck />} />
      )}
    </Page>
  );
}

function RegistryPermissions({
  registry,
  tab,
  onTab,
  onGenerate,
}: {
  registry: RegistryKey;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onGenerate: () => void;
}) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: keys.policy(registry),
    queryFn: () => api.policy(registry),
    refetchInterval: FRESH_FOR,
  });
  // The draft, and the document that it is based on.
  const [draft, setDraft] = useState<Draft | null>(null);
  const retry = () => void read.refetch();
  if (!read.data) {
    return read.error ? <ErrorState error={read.error} onRetry={retry} /> : <SkeletonLines lines={6} />;
  }
  const policy = read.data;
  return (
    <div className={styles.page}>
      {read.error && <ErrorState error={read.error} compact onRetry={retry} />}
      <div className={styles.facts}>
        <LengthMeter length={policy.length} />
        <PolicyScope policy={policy} onRetry={retry} />
        <OwnerBadge document={{ registry, document: { document: "policy" } }} />
        <span className={styles.muted}>
          {t("common.asOf")} <Ago at={policy.asOf} />
        </span>
      </div>
      <Findings findings={policy.findings} />
      <Tabs<Tab>
        label={t("permissions.sections")}
        value={tab}
        onChange={onTab}
        data-testid="permissions-tab"
        tabs={[
          {
            value: "statements",
            label: t("permissions.tabs.statements", { count: policy.statements.length }),
            content: <Statements policy={policy} onGenerate={onGenerate} />,
          },
          {
            value: "paste",
            label: t("permissions.tabs.paste"),
            content: (
              <PasteAndCheck
                registry={registry}
                base={policy.base}
                draft={draft}
                onMerged={(merged) => {
                  const changedSince = [...(draft?.changedSince ?? []), ...(merged.changedSince ?? [])];
                  setDraft({ ...merged, changedSince });
                  onTab("document");
                }}
              />
            ),
          },
          {
            value: "document",
            label: t("permissions.tabs.document"),
            content: (
              <>
                <DocumentEditor
                  registry={registry}
                  current={policy.document}
                  base={policy.base}
                  draft={draft}
                  onDraft={setDraft}
                />
                <KeptVersions registry={registry} document="policy" />
              </>
            ),
          },
          {
            value: "export",
            label: t("permissions.tabs.export"),
            content: tab === "export" && (
              <ExportView what={{ subject: "policy", registry }} version={policy.document ?? ""} />
            ),
          },
        ]}
      />
    </div>
  );
}

function Statements({ policy, onGenerate }: { policy: PolicyView; onGenerate: () => void }) {
  const { t } = useTranslation();
  if (policy.statements.length === 0) {
    return (
      <EmptyState
        icon={<ShieldCheck />}
        title={t("permissions.none")}
        text={t("permissions.noneText")}
        data-testid="no-statements"
        actions={<Button onClick={onGenerate}>{t("permissions.generate")}</Button>}
      />
    );
  }
  return (
    <ul className={styles.statements}>
      {policy.statements.map((statement) => (
        <StatementCard key={statement.id} registry={policy.registry} statement={statement} />
      ))}
    </ul>
  );
}
