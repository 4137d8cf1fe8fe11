import { keepPreviousData, skipToken, useMutation, useQuery } from "@tanstack/react-query";
import { Plus, ShieldPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { Notice } from "../../components/Findings";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";
import { useDebounced } from "../../components/useDebounced";
import { RegistryPicker, useChosenRegistry } from "../frame/RegistryPicker";
import { Answers } from "./Answers";
import { AskedDocument } from "./AskedDocument";
import { type AskedPolicy, type AskForm, PURPOSES, questionOf, verdicts } from "./askForm";
import styles from "./Policies.module.css";

/** May this principal do that on these repositories, as far as the given policies show? */
export function AskPolicies({ form, onForm }: { form: AskForm; onForm: (form: AskForm) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Partial<RegistryKey>>({});
  const registry = useChosenRegistry(chosen);
  const question = questionOf(form, registry);
  const settled = useDebounced(question, 250);
  const read = useQuery({
    queryKey: ["askedPolicies", settled],
    queryFn: settled ? () => api.askPolicies(settled) : skipToken,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  const error = read.error && !read.isFetching && question ? toApiError(read.error) : null;
  const about = (name: string) =>
    error?.field === name || error?.field?.startsWith(`${name}.`)
      ? [error.message, error.hint].filter(Boolean).join(" ")
      : undefined;
  const add = (policy: Omit<AskedPolicy, "id">) => {
    const id = form.documents.reduce((most, each) => Math.max(most, each.id), 0) + 1;
    onForm({ ...form, documents: [...form.documents, { ...policy, id }] });
  };
  const policy = useMutation({
    mutationFn: (of: RegistryKey) => api.policy(of),
    onSuccess: (view, of) => {
      if (view.document === null) return;
      const name = t("policies.registryPolicy", { name: `${of.account}/${of.region}` });
      add({ layer: "resource", name, text: view.document });
    },
  });
  // Documents without a text are not sent, so the place in an error counts those that are.
  const sent = form.documents.filter(({ text }) => text.trim() !== "");
  const placed = ["principal", "actions", "resources", "context", "documents"].some((name) => about(name));
  return (
    <div className={styles.halves}>
      <div className={styles.stack}>
        <TextField
          label={t("policies.principal")}
          hint={t("policies.principalHint")}
          value={form.principal}
          onChange={(event) => onForm({ ...form, principal: event.target.value })}
          error={about("principal")}
          mono
          data-testid="ask-principal"
        />
        <fieldset className={styles.fieldset}>
          <legend>{t("policies.what")}</legend>
          <div className={styles.ticks}>
            {PURPOSES.map((purpose) => (
              <Checkbox
                key={purpose}
                label={t(`policies.purposes.${purpose}`)}
                checked={form.purposes.includes(purpose)}
                onChange={(on) =>
                  onForm({
                    ...form,
                    purposes: PURPOSES.filter((each) =>
                      each === purpose ? on : form.purposes.includes(each),
                    ),
                  })
                }
                data-testid={`ask-${purpose}`}
              />
            ))}
          </div>
        </fieldset>
        <TextField
          label={t("policies.otherActions")}
          hint={t("policies.otherActionsHint")}
          value={form.actions}
          onChange={(event) => onForm({ ...form, actions: event.target.value })}
          error={about("actions")}
          mono
          data-testid="ask-actions"
        />
        <RegistryPicker
          label={t("policies.registry")}
          value={registry}
          onChange={setChosen}
          field
          data-testid="ask-registry"
        />
        <TextField
          label={t("policies.onRepositories")}
          hint={t("policies.onRepositoriesHint")}
          value={form.repositories}
          onChange={(event) => onForm({ ...form, repositories: event.target.value })}
          error={about("resources")}
          mono
          data-testid="ask-repositories"
        />
        <TextField
          label={t("policies.context")}
          hint={t("policies.contextHint")}
          value={form.context}
          onChange={(event) => onForm({ ...form, context: event.target.value })}
          error={about("context")}
          mono
          data-testid="ask-context"
        />
        <Checkbox
          label={t("policies.contextComplete")}
          hint={t("policies.contextCompleteHint")}
          checked={form.contextComplete}
          onChange={(contextComplete) => onForm({ ...form, contextComplete })}
          data-testid="ask-context-complete"
        />
      </div>
      <div className={styles.stack}>
        <section className={styles.stack} aria-label={t("policies.given")}>
          <h2 className={styles.heading}>{t("policies.given")}</h2>
          {form.documents.map((document) => (
            <AskedDocument
              key={document.id}
              document={document}
              error={
                about("documents") && sent[indexOf(error?.field)] === document
                  ? about("documents")
                  : undefined
              }
              onChange={(next) =>
                onForm({
                  ...form,
                  documents: form.documents.map((each) => (each === document ? next : each)),
                })
              }
              onRemove={() =>
                onForm({ ...form, documents: form.documents.filter((each) => each !== document) })
              }
            />
          ))}
          <div className={styles.wrap}>
            <Button
              icon={<Plus />}
              onClick={() =>
                add({
                  layer: "identity",
                  name: t("policies.newPolicy", { number: form.documents.length + 1 }),
                  text: "",
                })
              }
              data-testid="ask-add-policy"
            >
              {t("policies.addPolicy")}
            </Button>
            {registry && (
              <Button
                icon={<ShieldPlus />}
                busy={policy.isPending}
                onClick={() => policy.mutate(registry)}
                data-testid="ask-add-registry-policy"
              >
                {t("policies.addRegistryPolicy")}
              </Button>
            )}
          </div>
          {policy.data?.document === null && <Notice>{t("policies.registryPolicyNone")}</Notice>}
          {policy.error && <ErrorState error={policy.error} compact />}
        </section>
        <section className={styles.stack} aria-label={t("policies.answers")} aria-busy={read.isFetching}>
          <h2 className={styles.heading}>{t("policies.answers")}</h2>
          {error && !placed && <ErrorState error={error} compact onRetry={() => void read.refetch()} />}
          {question === null && (
            <p className={styles.muted}>
              {t(sent.length === 0 ? "policies.noneGiven" : "policies.notAsked")}
            </p>
          )}
          {question !== null && !error && read.data && <Answers verdicts={verdicts(read.data.answers)} />}
        </section>
      </div>
    </div>
  );
}

/** The number in `documents.2`. */
function indexOf(field: string | null | undefined): number {
  return Number(field?.split(".")[1] ?? -1);
}
