import { Link, useNavigate } from "@tanstack/react-router";
import { Brush, EllipsisVertical, FlaskConical, History, Pencil, Tag, Trash2, UserCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { DestinationView, RegistryKey, RuleView } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { visible } from "../../components/hidden";
import { Menu } from "../../components/Menu";
import { Prose } from "../../components/Prose";
import { BackfillDialog } from "../backfill/BackfillDialog";
import { RegistryName } from "../frame/RegistryName";
import { useReview } from "../plans/PlanProvider";
import { CheckReadiness } from "../readiness/CheckReadiness";
import { NameRuleDialog } from "./NameRuleDialog";
import styles from "./Replication.module.css";
import { RuleFindings } from "./RuleFindings";

/** A rule in a list: its sentence, its destinations and its actions. */
export function RuleCard({ registry, rule }: { registry: RegistryKey; rule: RuleView }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = { ...registry, rule: rule.id };
  return (
    <li className={styles.rule} data-testid="rule-row" data-rule={rule.id}>
      {rule.name && (
        <p className={styles.ruleName} title={rule.note} data-testid="rule-name">
          {visible(rule.name)}
        </p>
      )}
      <div className={styles.ruleHead}>
        <Link
          to="/replication/rule"
          search={search}
          className={styles.sentence}
          title={visible(rule.sentence.replaceAll("`", ""))}
          data-testid="rule-open"
        >
          <span className={styles.clamped}>
            <Prose text={rule.sentence} />
          </span>
        </Link>
        <div className={styles.ruleActions}>
          <CheckReadiness registry={registry} rule={rule.id} />
          <Button
            size="small"
            icon={<Pencil />}
            onClick={() => void navigate({ to: "/replication/edit", search })}
            data-testid="rule-edit"
          >
            {t("replication.edit")}
          </Button>
          <RuleMenu registry={registry} rule={rule} />
        </div>
      </div>
      <div className={styles.ruleFacts}>
        <Destinations destinations={rule.destinations} />
        <span className={styles.arrow} aria-hidden="true">
          ·
        </span>
        <Filters filters={rule.filters} />
      </div>
      <p className={styles.badges}>
        <Badge tone="success" title={t("replication.nativeTitle")}>
          {t("replication.native")}
        </Badge>
        {rule.ours && <Badge tone="accent">{t("replication.ours")}</Badge>}
        {rule.deleteReplication && <Badge tone="warning">{t("replication.deletes")}</Badge>}
        <span className={styles.muted}>{t("replication.matches", { count: rule.repositories })}</span>
      </p>
      <RuleFindings registry={registry} rule={rule} />
    </li>
  );
}

/** A rule's destinations, each registry in its account's colour. */
export function Destinations({ destinations }: { destinations: readonly DestinationView[] }) {
  const { t } = useTranslation();
  return (
    <ul className={styles.chips} aria-label={t("replication.destinations")}>
      {destinations.map((each) => (
        <li key={registryId(each.registry)} className={styles.chip} data-testid="rule-destination">
          <RegistryName registry={each.registry} />
        </li>
      ))}
    </ul>
  );
}

/** A rule's filters; no filter means every repository, and says so. */
export function Filters({ filters }: { filters: readonly string[] }) {
  const { t } = useTranslation();
  if (filters.length === 0) return <span className={styles.everything}>{t("replication.everything")}</span>;
  return (
    <ul className={styles.chips} aria-label={t("replication.filters")}>
      {filters.map((filter) => (
        <li key={filter} className={styles.chip} title={t("replication.prefixTitle", { filter })}>
          <code>{filter}</code>
          <span className={styles.faint}>…</span>
        </li>
      ))}
    </ul>
  );
}

/** Name, adopt, test, bring over existing images, clean up and remove. */
export function RuleMenu({
  registry,
  rule,
  onRemoved,
}: {
  registry: RegistryKey;
  rule: RuleView;
  onRemoved?: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const review = useReview();
  const [bringing, setBringing] = useState(false);
  const [naming, setNaming] = useState<"rename" | "adopt" | null>(null);
  return (
    <>
      <Menu
        align="end"
        data-testid="rule-menu"
        trigger={
          <IconButton
            label={t("common.actionsFor", { name: rule.sentence })}
            icon={<EllipsisVertical />}
            data-testid="rule-actions"
          />
        }
        items={[
          {
            id: "rename",
            label: t("replication.rename.open"),
            icon: <Tag />,
            onSelect: () => setNaming("rename"),
          },
          ...(rule.ours
            ? []
            : [
                {
                  id: "adopt",
                  label: t("replication.adopt.open"),
                  icon: <UserCheck />,
                  onSelect: () => setNaming("adopt"),
                },
              ]),
          {
            id: "test",
            label: t("readiness.test.open"),
            icon: <FlaskConical />,
            onSelect: () => review({ request: { change: "testRule", registry, rule: rule.id } }),
          },
          {
            id: "backfill",
            label: t("backfill.bring"),
            icon: <History />,
            onSelect: () => setBringing(true),
          },
          {
            id: "cleanup",
            label: t("replication.cleanUp"),
            icon: <Brush />,
            onSelect: () =>
              void navigate({ to: "/replication/clean-up", search: { ...registry, rule: rule.id } }),
          },
          {
            id: "remove",
            label: t("replication.remove"),
            icon: <Trash2 />,
            danger: true,
            separated: true,
            onSelect: () =>
              review({
                request: { change: "removeRule", registry, rule: rule.id },
                ...(onRemoved ? { onStarted: onRemoved } : {}),
              }),
          },
        ]}
      />
      {naming && (
        <NameRuleDialog
          registry={registry}
          rule={rule}
          adopt={naming === "adopt"}
          onClose={() => setNaming(null)}
        />
      )}
      {bringing && (
        <BackfillDialog
          registry={registry}
          destinations={rule.destinations.map((each) => each.registry)}
          prefixes={rule.filters}
          onClose={() => setBringing(false)}
        />
      )}
    </>
  );
}
