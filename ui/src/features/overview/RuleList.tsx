import { useNavigate } from "@tanstack/react-router";
import { ArrowRight, ListChecks, RefreshCcwDot } from "lucide-react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { OverviewLink } from "../../api/types";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { EmptyState } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Lists.module.css";

/** The rules of the scope in words, one line for each destination. */
export function RuleList({
  links,
  unread,
}: {
  links: readonly OverviewLink[];
  /** Registries whose rules are not known, or were read before. */
  unread: number;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const toReplication = () => void navigate({ to: "/replication" });
  const note = unread > 0 && (
    <p className={styles.note} data-testid="overview-rules-unread">
      {t("overview.rulesUnread", { count: unread })}
    </p>
  );
  if (links.length === 0) {
    return (
      <Card title={t("overview.rules")} flush={unread > 0} data-testid="overview-rules">
        {note || (
          <EmptyState
            icon={<RefreshCcwDot />}
            title={t("overview.noRules")}
            text={t("overview.noRulesText")}
            actions={<Button onClick={toReplication}>{t("overview.addRule")}</Button>}
          />
        )}
      </Card>
    );
  }
  return (
    <Card
      title={t("overview.rules")}
      actions={
        <>
          <Button
            size="small"
            icon={<ListChecks />}
            onClick={() => void navigate({ to: "/replication/readiness/all" })}
            data-testid="check-all-readiness"
          >
            {t("readiness.all.open")}
          </Button>
          <Button size="small" onClick={toReplication}>
            {t("frame.nav.replication")}
          </Button>
        </>
      }
      flush
      data-testid="overview-rules"
    >
      <ul>
        {links.map((link) => (
          <li
            key={`${link.rule} ${registryId(link.source)} ${registryId(link.destination)}`}
            className={styles.row}
          >
            <RegistryName registry={link.source} />
            <ArrowRight aria-hidden="true" className={styles.arrow} />
            <RegistryName registry={link.destination} />
            <span className={styles.filters}>
              {link.filters.length === 0 ? (
                t("overview.everything")
              ) : (
                <>
                  {t("overview.prefixes", { count: link.filters.length })}{" "}
                  <code>{link.filters.join(", ")}</code>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {note}
    </Card>
  );
}
