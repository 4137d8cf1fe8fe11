import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../../api/keys";
import type { CheckFix, ReadinessCheck, RegistryKey, ReplicationView } from "../../api/types";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { visible } from "../../components/hidden";
import { Prose } from "../../components/Prose";
import { TemplateDialog } from "../templates/TemplateDialog";
import styles from "./Readiness.module.css";
import { RequestStatement } from "./RequestStatement";
import type { ExaminedRule } from "./readinessText";
import type { Fixing } from "./useFix";

/** What would make a check OK, and the ways to do it. */
export function FixActions({
  check,
  fix,
  source,
  rule,
  fixing,
}: {
  check: ReadinessCheck;
  fix: CheckFix;
  source: RegistryKey;
  rule: ExaminedRule;
  fixing: Fixing;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles.fix}>
      <p>
        <Prose text={visible(fix.text)} />
      </p>
      <div className={styles.actions}>
        {fix.plans.length > 0 && (
          <Button
            size="small"
            variant={check.outcome === "failed" ? "primary" : "secondary"}
            onClick={() => fixing.start(fix.plans)}
            data-testid="check-fix"
          >
            {t("readiness.fix", { count: fix.plans.length })}
          </Button>
        )}
        {fix.kind === "sign_in_again" && <AccountSettings registry={check.registry} />}
        {fix.kind === "use_engine" && <UseEngine source={source} rule={rule} />}
        {fix.kind === "put_creation_template" && fix.plans.length === 0 && (
          <FillTemplate registry={check.registry} text={fix.copy ?? ""} fixing={fixing} />
        )}
        {fix.kind === "add_statement" && fix.plans.length === 0 && check.place === "destination" && rule && (
          <RequestStatement source={source} rule={rule} destination={check.registry} />
        )}
        {fix.copy !== null && (
          <CopyButton
            text={fix.copy}
            name={t("readiness.copyName")}
            label={t(check.place === "destination" ? "readiness.copyForOther" : "readiness.copy")}
            data-testid="check-copy"
          />
        )}
      </div>
    </div>
  );
}

function AccountSettings({ registry }: { registry: RegistryKey }) {
  const { t } = useTranslation();
  return (
    <Link
      to="/settings"
      search={{ tab: registry.space === "sandbox" ? "sandbox" : "accounts" }}
      data-testid="check-sign-in"
    >
      {t("readiness.signIn")}
    </Link>
  );
}

/** The engine wizard with the rule's entries, as far as the rule has been read. */
function UseEngine({ source, rule }: { source: RegistryKey; rule: ExaminedRule }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  return (
    <Button
      size="small"
      onClick={() => {
        const read = client.getQueryData<ReplicationView>(keys.replication(source));
        const written = read?.rules.find((each) => each.id === rule?.id);
        const destinations = rule?.planned?.destinations ?? written?.destinations.map((to) => to.registry);
        void navigate({
          to: "/replication/engine",
          search: {
            ...source,
            to: destinations?.map(({ account, region }) => `${account}/${region}`),
            prefixes: rule?.planned?.filters ?? written?.filters,
          },
        });
      }}
      data-testid="check-use-engine"
    >
      {t("readiness.useEngine")}
    </Button>
  );
}

/** A template that lacks something which only a person knows, such as a role. */
function FillTemplate({ registry, text, fixing }: { registry: RegistryKey; text: string; fixing: Fixing }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)} data-testid="check-template">
        {t("readiness.fillTemplate")}
      </Button>
      {open && (
        <TemplateDialog
          registry={registry}
          text={text}
          onClose={() => setOpen(false)}
          onStarted={fixing.follow}
        />
      )}
    </>
  );
}
