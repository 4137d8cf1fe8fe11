import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { ApiError, BuiltPolicy } from "../../api/types";
import { Button } from "../../components/Button";
import { CodeBlock } from "../../components/CodeBlock";
import { Findings } from "../../components/Findings";
import { Select } from "../../components/Select";
import { ErrorState, SkeletonLines } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { BuildFields } from "./BuildFields";
import { type BuildForm, type Group, groupOf, requestOf } from "./buildForm";
import { PolicyDialog } from "./iam/PolicyDialog";
import styles from "./Policies.module.css";

const GROUPS: Group[] = ["identity", "repository", "registry", "trust"];

/** Builds a policy from who may do what; the document is shown while the form is filled in. */
export function BuildPolicy({
  form,
  onForm,
  onCheck,
  onAsk,
}: {
  form: BuildForm;
  onForm: (form: BuildForm) => void;
  onCheck: (document: string) => void;
  onAsk: (name: string, document: string) => void;
}) {
  const { t } = useTranslation();
  const [creating, setCreating] = useState<string | null>(null);
  const recipes = useQuery({
    queryKey: ["policyRecipes"],
    queryFn: api.policyRecipes,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const recipe = recipes.data?.find((each) => each.kind === form.kind);
  const request = recipe ? requestOf(form, recipe) : null;
  const settled = useDebounced(request, 200);
  const built = useQuery({
    queryKey: ["builtPolicy", settled],
    queryFn: settled ? () => api.buildPolicy(settled) : skipToken,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  if (recipes.error) return <ErrorState error={recipes.error} onRetry={() => void recipes.refetch()} />;
  if (!recipes.data) return <SkeletonLines lines={8} />;
  const group = groupOf(form.kind);
  const ofGroup = recipes.data.filter((each) => groupOf(each.kind) === group);
  const error = request && built.error && !built.isFetching ? toApiError(built.error) : null;
  return (
    <div className={styles.halves}>
      <div className={styles.stack}>
        <Select
          label={t("policies.for")}
          value={group}
          options={GROUPS.map((value) => ({ value, label: t(`policies.groups.${value}`) }))}
          onChange={(next) => {
            const first = recipes.data.find((each) => groupOf(each.kind) === next);
            if (first && next !== group) onForm({ ...form, kind: first.kind });
          }}
          data-testid="policy-group"
        />
        <Select
          label={t("policies.kind")}
          value={form.kind}
          options={ofGroup.map(({ kind, sentence }) => ({ value: kind, label: afterColon(sentence) }))}
          onChange={(kind) => onForm({ ...form, kind })}
          data-testid="policy-kind"
        />
        {recipe && <BuildFields form={form} onForm={onForm} fields={recipe.fields} error={error} />}
      </div>
      <Built
        built={request === null || built.error ? undefined : built.data}
        error={error}
        onRetry={() => void built.refetch()}
        name={form.kind}
        onCheck={onCheck}
        onAsk={group === "identity" ? onAsk : undefined}
        onCreate={group === "identity" ? setCreating : undefined}
      />
      {creating !== null && <PolicyDialog text={creating} onClose={() => setCreating(null)} />}
    </div>
  );
}

/** `A role's trust policy: tasks of ECS.` begins with what the group says already. */
function afterColon(sentence: string): string {
  const rest = sentence.split(": ").slice(1).join(": ");
  const text = rest === "" ? sentence : rest.charAt(0).toUpperCase() + rest.slice(1);
  return text.replace(/\.$/, "");
}

function Built({
  built,
  error,
  onRetry,
  name,
  onCheck,
  onAsk,
  onCreate,
}: {
  built: BuiltPolicy | undefined;
  error: ApiError | null;
  onRetry: () => void;
  name: string;
  onCheck: (document: string) => void;
  onAsk: ((name: string, document: string) => void) | undefined;
  onCreate: ((document: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  if (error && !error.field) return <ErrorState error={error} compact onRetry={onRetry} />;
  if (!built) {
    return (
      <section className={styles.stack} aria-label={t("policies.document")}>
        <p className={styles.muted}>{t("policies.notYet")}</p>
      </section>
    );
  }
  return (
    <section className={styles.stack} aria-label={t("policies.document")} data-testid="policy-built">
      <CodeBlock
        name={t("policies.document")}
        file={`${name}.json`}
        text={built.document}
        maxHeight={380}
        data-testid="policy-document"
      />
      <div className={styles.wrap}>
        <Button onClick={() => onCheck(built.document)} data-testid="policy-check-it">
          {t("policies.checkIt")}
        </Button>
        {onAsk && (
          <Button onClick={() => onAsk(name, built.document)} data-testid="policy-ask-it">
            {t("policies.askIt")}
          </Button>
        )}
        {onCreate && (
          <Button onClick={() => onCreate(built.document)} data-testid="policy-create-it">
            {t("iam.createIt")}
          </Button>
        )}
        <span className={styles.muted}>{t("policies.length", { count: built.length })}</span>
      </div>
      <Findings findings={built.findings} />
      {built.actions.length > 0 && (
        <>
          <h2 className={styles.heading}>{t("policies.actions")}</h2>
          <ul className={styles.actions}>
            {built.actions.map(({ action, meaning, byRepository }) => (
              <li key={action}>
                <code>{action}</code>
                <span>{meaning}</span>
                <span className={styles.faint}>
                  {t(byRepository ? "policies.byRepository" : "policies.notByRepository")}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
