import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { OtherSide, OtherSideState } from "../../api/types";
import { type Status, StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { CodeBlock } from "../../components/CodeBlock";
import { CopyButton } from "../../components/CopyButton";
import { Notice } from "../../components/Findings";
import { fileName } from "../../components/fileName";
import { Prose } from "../../components/Prose";
import { RadioGroup } from "../../components/RadioGroup";
import { ErrorState, SkeletonLines } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import { type Needed, WriteRequestButton } from "../requests/WriteRequest";
import type { RuleForm } from "./ruleForm";
import styles from "./Steps.module.css";
import { needsStatement, type OtherSides } from "./useOtherSides";

const looks: Record<OtherSideState, Status> = {
  notNeeded: "skipped",
  present: "complete",
  insufficient: "warning",
  missing: "warning",
  cannotBeSeen: "unknown",
};

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
        <ol className={styles.sides}>
          {read.data.map((side, index) => (
            <Side
              key={registryId(side.registry)}
              side={side}
              index={index}
              needed={{
                destination: side.registry,
                accounts: sources.filter((account) => account !== side.registry.account),
                prefixes: form.allRepositories ? [] : prefixes,
                createRepository: form.createRepository,
              }}
              adding={form.adding.includes(registryId(side.registry))}
              onAdding={(on) => {
                const id = registryId(side.registry);
                const others = form.adding.filter((each) => each !== id);
                onChange({ ...form, adding: on ? [...others, id] : others });
              }}
            />
          ))}
        </ol>
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

function Side({
  side,
  index,
  needed,
  adding,
  onAdding,
}: {
  side: OtherSide;
  index: number;
  needed: Needed;
  adding: boolean;
  onAdding: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const name = side.accountName ?? side.registry.account;
  const lacks = needsStatement(side);
  return (
    <li className={styles.side} data-testid={`other-side-${index}`} data-state={side.state}>
      <div className={styles.sideHead}>
        <RegistryName registry={side.registry} />
        <StatusPill status={looks[side.state]} data-testid={`other-side-state-${index}`}>
          {t(`replication.wizard.state.${side.state}`)}
        </StatusPill>
      </div>
      <p className={styles.explanation}>
        <Prose text={side.explanation} />
      </p>
      {lacks && side.statement && (
        <>
          {side.canAdd && (
            <Checkbox
              label={t("replication.wizard.addStatement")}
              hint={t("replication.wizard.addStatementHint", { name })}
              checked={adding}
              onChange={onAdding}
              data-testid={`other-side-add-${index}`}
            />
          )}
          <CodeBlock
            name={t("replication.wizard.statementFor", { name })}
            file={fileName("json", "statement", side.registry.account, side.registry.region)}
            text={side.statement}
            maxHeight={380}
            data-testid={`other-side-statement-${index}`}
          />
          <div className={styles.copies}>
            <span className={styles.muted}>{t("replication.wizard.copyFor", { name })}</span>
            <CopyButton
              name={t("replication.wizard.statementFor", { name })}
              label={t("replication.wizard.copyJson")}
              text={side.statement}
              data-testid={`other-side-copy-json-${index}`}
            />
            {side.cli && (
              <CopyButton
                name={t("replication.wizard.commandFor", { name })}
                label={t("replication.wizard.copyCli")}
                text={side.cli}
                data-testid={`other-side-copy-cli-${index}`}
              />
            )}
            <WriteRequestButton needed={needed} data-testid={`other-side-request-${index}`} />
          </div>
        </>
      )}
    </li>
  );
}
