import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Check, ChevronLeft, Pencil, X } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RegistryKey, RuleView } from "../../api/types";
import { Button, IconButton } from "../../components/Button";
import { Card, Facts } from "../../components/Card";
import { CodeBlock } from "../../components/CodeBlock";
import { fileName } from "../../components/fileName";
import { visible } from "../../components/hidden";
import { Page, PageHeader } from "../../components/PageHeader";
import { Prose } from "../../components/Prose";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { BringOver } from "../backfill/BringOver";
import { useVisible } from "../frame/queries";
import { RegistryName } from "../frame/RegistryName";
import { CheckReadiness } from "../readiness/CheckReadiness";
import { TestRule } from "../readiness/TestRule";
import { RecentList } from "./RecentList";
import { Referrers } from "./Referrers";
import styles from "./Replication.module.css";
import { Destinations, Filters, RuleMenu } from "./RuleCard";
import { RuleFindings } from "./RuleFindings";
import { RuleSettings } from "./RuleSettings";

/** One rule: its settings, what it replicates and what not, and the replicated images. */
export function RulePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, account, region, rule: id } = useSearch({ from: "/replication/rule" });
  const registry = useMemo<RegistryKey>(() => ({ space, account, region }), [space, account, region]);
  const read = useQuery({
    queryKey: keys.replication(registry),
    queryFn: () => api.replication(registry),
  });
  useVisible({ registries: [registry], repository: null, images: [] });
  const rule = read.data?.rules.find((each) => each.id === id);
  const back = () => void navigate({ to: "/replication", search: { account, region } });
  return (
    <Page
      name="rule"
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={t("replication.back")}
                icon={<ChevronLeft />}
                onClick={back}
                data-testid="back-to-rules"
              />
              {t("replication.rule")}
            </>
          }
          subtitle={<RegistryName registry={registry} />}
          actions={
            rule && (
              <>
                <Button
                  icon={<Pencil />}
                  onClick={() =>
                    void navigate({ to: "/replication/edit", search: { ...registry, rule: id } })
                  }
                  data-testid="rule-edit"
                >
                  {t("replication.edit")}
                </Button>
                <RuleMenu registry={registry} rule={rule} onRemoved={back} />
              </>
            )
          }
        />
      }
    >
      {rule ? (
        <RuleContents registry={registry} rule={rule} />
      ) : read.error ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : read.data ? (
        <EmptyState
          title={t("replication.gone")}
          text={t("replication.goneText")}
          actions={<Button onClick={back}>{t("replication.back")}</Button>}
        />
      ) : (
        <SkeletonLines lines={6} />
      )}
    </Page>
  );
}

function RuleContents({ registry, rule }: { registry: RegistryKey; rule: RuleView }) {
  const { t } = useTranslation();
  return (
    <>
      <p className={styles.lead} data-testid="rule-sentence">
        <Prose text={rule.sentence} />
      </p>
      <div className={styles.actions}>
        <CheckReadiness registry={registry} rule={rule.id} />
        <TestRule registry={registry} rule={rule.id} />
        <BringOver
          registry={registry}
          destinations={rule.destinations.map((each) => each.registry)}
          prefixes={rule.filters}
        />
      </div>
      <p className={styles.muted}>{t("backfill.existingText")}</p>
      <RuleFindings registry={registry} rule={rule} />
      <div className={styles.columns}>
        <Card title={t("replication.rule")}>
          <Facts
            facts={[
              {
                name: t("replication.naming.name"),
                value: rule.name ? visible(rule.name) : t("replication.naming.unnamed"),
              },
              ...(rule.note ? [{ name: t("replication.naming.note"), value: visible(rule.note) }] : []),
              {
                name: t("replication.destinations"),
                value: <Destinations destinations={rule.destinations} />,
              },
              { name: t("replication.filters"), value: <Filters filters={rule.filters} /> },
              {
                name: t("replication.repositories"),
                value: t("replication.matches", { count: rule.repositories }),
              },
              { name: t("replication.driver"), value: t("replication.nativeTitle") },
              {
                name: t("replication.deletes"),
                value: t(rule.deleteReplication ? "common.yes" : "common.no"),
              },
              {
                name: t("replication.madeBy"),
                value: t(rule.ours ? "replication.us" : "replication.others"),
              },
            ]}
          />
        </Card>
        <Carried registry={registry} rule={rule} />
      </div>
      <RuleSettings registry={registry} rule={rule} />
      <Card title={t("replication.tabs.recent")} flush>
        <RecentList registry={registry} rule={rule} />
      </Card>
      <Card title={t("replication.tabs.document")}>
        <CodeBlock
          name={t("replication.rule")}
          file={fileName("json", "rule", registry.account, registry.region, rule.id.slice(0, 12))}
          text={rule.json}
          data-testid="rule-json"
        />
      </Card>
    </>
  );
}

const carried = ["layers", "labels", "annotations", "tags"] as const;
const notCarried = ["existing", "findings", "settings", "policies", "chain"] as const;

/** What is replicated with an image, and what is not. */
function Carried({ registry, rule }: { registry: RegistryKey; rule: RuleView }) {
  const { t } = useTranslation();
  return (
    <Card title={t("replication.carried.title")} data-testid="rule-carried">
      <ul className={styles.carried}>
        {carried.map((name) => (
          <li key={name}>
            <Check aria-label={t("common.yes")} className={styles.yes} />
            <span>{t(`replication.carried.${name}`)}</span>
          </li>
        ))}
        {notCarried.map((name) => (
          <li key={name}>
            <X aria-label={t("common.no")} className={styles.no} />
            <span>{t(`replication.carried.${name}`)}</span>
          </li>
        ))}
        {!rule.deleteReplication && (
          <li>
            <X aria-label={t("common.no")} className={styles.no} />
            <span>{t("replication.carried.deletes")}</span>
          </li>
        )}
      </ul>
      <Referrers registry={registry} rule={rule} />
    </Card>
  );
}
