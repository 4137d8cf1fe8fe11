import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { Notice } from "../../components/Findings";
import { RadioGroup } from "../../components/RadioGroup";
import { ErrorState, SkeletonLines } from "../../components/States";
import { OtherSideGroups } from "./OtherSideGroups";
import type { RuleForm } from "./ruleForm";
import styles from "./Steps.module.css";
import { needsStatement, type OtherSides } from "./useOtherSides";

/** The statement that each destination needs, and the ways to add it. */
export function OtherSideStep({
  form,
  onChange,
  sides,
  sources,
  prefixes,
}: {
  form: RuleForm;
  onChange: (form: RuleForm) => void;
  sides: OtherSides;
  /** The accounts that replicate. */
  sources: readonly string[];
  /** The rule's filters; without one only all repositories make sense. */
  prefixes: readonly string[];
}) {
  const { t } = useTranslation();
  const { read } = sides;
  const lacking = read.data?.some((side) => needsStatement(side)) ?? false;
  return (
    <>
      <p className={styles.muted}>{t("replication.wizard.otherSideText")}</p>
      {lacking && (
        <div className={styles.kinds}>
          {prefixes.length === 0 ? (
            <Notice>{t("replication.wizard.scopeWhole")}</Notice>
          ) : (
            <RadioGroup
              label={t("replication.wizard.scope")}
              value={form.allRepositories ? "all" : "prefixes"}
              options={[
                { value: "prefixes", label: t("replication.wizard.scopePrefixes") },
                {
                  value: "all",
                  label: t("replication.wizard.scopeAll"),
                  hint: t("replication.wizard.scopeAllWarning"),
                },
              ]}
              onChange={(scope) => onChange({ ...form, allRepositories: scope === "all" })}
              data-testid="other-side-scope"
            />
          )}
          <Checkbox
            label={t("replication.wizard.createRepository")}
            hint={t("replication.wizard.createRepositoryHint")}
            checked={form.createRepository}
            onChange={(on) => onChange({ ...form, createRepository: on })}
            data-testid="other-side-create"
          />
        </div>
      )}
      {read.error && !read.isFetching ? (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      ) : !read.data ? (
        <SkeletonLines lines={5} />
      ) : (
        <OtherSideGroups
          sides={read.data}
          needed={(side) => ({
            destination: side.registry,
            accounts: sources.filter((account) => account !== side.registry.account),
            prefixes: form.allRepositories ? [] : prefixes,
            createRepository: form.createRepository,
          })}
          adding={form.adding}
          onAdding={(adding) => onChange({ ...form, adding })}
        />
      )}
      <div className={styles.adds}>
        <Button
          size="small"
          icon={<RefreshCw />}
          busy={read.isFetching}
          onClick={() => void read.refetch()}
          data-testid="other-side-check"
        >
          {t("replication.wizard.checkAgain")}
        </Button>
      </div>
    </>
  );
}
