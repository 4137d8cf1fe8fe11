import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Finding, RegistryKey, StatementInput, StatementPreview } from "../../api/types";
import { ColourDot } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { CodeBlock } from "../../components/CodeBlock";
import { Dialog } from "../../components/Dialog";
import { Findings, Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import { Select } from "../../components/Select";
import { ErrorState, SkeletonLines } from "../../components/States";
import { TextField } from "../../components/TextField";
import { useDebounced } from "../../components/useDebounced";
import { RegistryName } from "../frame/RegistryName";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useScope } from "../frame/scope";
import { usePlanForm } from "../plans/usePlanForm";
import { LengthMeter } from "./LengthMeter";
import styles from "./Permissions.module.css";
import { listField, words } from "./statementForm";

const DEFAULT_SID = "ReplicationAccessCrossAccount";

/** Generates a statement from a few fields, shows it while they are filled in, and plans its addition. */
export function GenerateStatement({
  registry,
  start,
  onClose,
}: {
  registry: RegistryKey;
  /** The needs of the rule that the statement is for. */
  start?: { account: string; prefixes: readonly string[] } | undefined;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { accounts } = useScope();
  const [sid, setSid] = useState(DEFAULT_SID);
  const [sources, setSources] = useState(start?.account ?? "");
  const [prefixes, setPrefixes] = useState(start?.prefixes.join(", ") ?? "");
  const [all, setAll] = useState(start?.prefixes.length === 0);
  const [create, setCreate] = useState(true);
  const [attempted, setAttempted] = useState(false);
  const input: StatementInput = {
    registry,
    statementType: "replicationCrossAccount",
    sid: sid.trim(),
    accounts: words(sources),
    prefixes: words(prefixes),
    allRepositories: all,
    createRepository: create,
  };
  const settled = useDebounced(input, 200);
  const preview = useQuery({
    queryKey: ["statementPreview", settled],
    queryFn: () => api.previewStatement(settled),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
  const form = usePlanForm([], onClose);
  const data = preview.data;
  const findings = data?.findings ?? [];
  const behind = preview.isPlaceholderData || JSON.stringify(settled) !== JSON.stringify(input);
  const invalid = findings.some((finding) => finding.severity === "error");
  // An empty field is not an error yet; an invalid value is.
  const error = (name: string, filled: boolean) =>
    filled || attempted ? listField(findings, name) : undefined;
  const others = accounts.filter((each) => each.id !== registry.account && !words(sources).includes(each.id));
  return (
    <Dialog
      open={!form.reviewing}
      onClose={onClose}
      size="large"
      title={t("permissions.generateTitle")}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      data-testid="dialog-generate"
      onSubmit={() => {
        setAttempted(true);
        // While the preview is out of date, the plan reports errors.
        if (behind || (!invalid && !data?.freeSid)) form.submit({ change: "addStatement", statement: input });
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={form.busy}
            disabled={Boolean(data?.freeSid)}
            data-testid="statement-add"
          >
            {t("permissions.addToPolicy")}
          </Button>
        </>
      }
    >
      <p className={styles.into}>
        {t("permissions.into")} <RegistryName registry={registry} />
      </p>
      <div className={styles.halves}>
        <div className={styles.fields}>
          <Select
            label={t("permissions.type")}
            value="replicationCrossAccount"
            options={[{ value: "replicationCrossAccount", label: t("permissions.typeReplication") }]}
            onChange={() => undefined}
            data-testid="statement-type"
          />
          <TextField
            label={t("permissions.sid")}
            hint={t("permissions.sidHint")}
            value={sid}
            onChange={(event) => setSid(event.target.value)}
            error={data?.freeSid ? undefined : error("sid", true)}
            mono
            data-testid="statement-sid"
          />
          {data?.freeSid && (
            <Notice severity="warning">
              <p>{t("permissions.sidTaken", { sid: input.sid })}</p>
              <Button
                size="small"
                onClick={() => setSid(data.freeSid ?? sid)}
                data-testid="statement-free-sid"
              >
                {t("permissions.useSid", { sid: data.freeSid })}
              </Button>
            </Notice>
          )}
          <TextField
            label={t("permissions.accounts")}
            hint={t("permissions.accountsHint")}
            value={sources}
            onChange={(event) => setSources(event.target.value)}
            error={error("accounts", sources.trim() !== "")}
            mono
            data-testid="statement-accounts"
          />
          {others.length > 0 && (
            <div className={styles.known}>
              {others.map((each) => (
                <Button
                  key={each.id}
                  size="small"
                  icon={<ColourDot colour={each.colour} />}
                  onClick={() => setSources([...words(sources), each.id].join(", "))}
                  data-testid={`statement-account-${each.id}`}
                >
                  {t("permissions.addAccount", { name: each.name })}
                </Button>
              ))}
            </div>
          )}
          <TextField
            label={t("permissions.prefixes")}
            hint={t("permissions.prefixesHint")}
            value={prefixes}
            onChange={(event) => setPrefixes(event.target.value)}
            error={all ? undefined : error("prefixes", prefixes.trim() !== "")}
            disabled={all}
            mono
            data-testid="statement-prefixes"
          />
          <Checkbox
            label={t("permissions.allRepositories")}
            hint={t("permissions.allRepositoriesHint")}
            checked={all}
            onChange={setAll}
            data-testid="statement-all"
          />
          <Checkbox
            label={t("permissions.createRepository")}
            hint={t("permissions.createRepositoryHint")}
            checked={create}
            onChange={setCreate}
            data-testid="statement-create"
          />
        </div>
        <Preview
          preview={data}
          behind={behind}
          error={preview.isFetching ? null : preview.error}
          onRetry={() => void preview.refetch()}
        />
      </div>
      {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
    </Dialog>
  );
}

/** Findings that are shown at their field; a taken Sid is shown there with a free one. */
function isTold({ severity, field }: Finding, { freeSid }: StatementPreview): boolean {
  return Boolean(field) && (severity === "error" || (field === "sid" && freeSid !== null));
}

function Preview({
  preview,
  behind,
  error,
  onRetry,
}: {
  preview: StatementPreview | undefined;
  behind: boolean;
  error: unknown;
  onRetry: () => void;
}) {
  const { t } = useTranslation();
  if (error) return <ErrorState error={error} compact onRetry={onRetry} />;
  if (!preview) return <SkeletonLines lines={6} />;
  return (
    <section
      className={styles.preview}
      aria-label={t("permissions.preview")}
      aria-busy={behind}
      data-testid="statement-preview"
    >
      {preview.sentence && (
        <p className={styles.sentence}>
          <Prose text={preview.sentence} />
        </p>
      )}
      {preview.alreadyAllowedBy && (
        <div data-testid="statement-already-allowed">
          <Notice>{t("permissions.alreadyAllowed", { sid: preview.alreadyAllowedBy })}</Notice>
        </div>
      )}
      <Findings findings={preview.findings.filter((finding) => !isTold(finding, preview))} />
      {preview.statement ? (
        <CodeBlock
          name={t("permissions.preview")}
          file={"statement.json"}
          text={preview.statement}
          maxHeight={300}
          data-testid="statement-preview-json"
        />
      ) : (
        <p className={styles.muted}>{t("permissions.notYet")}</p>
      )}
      {preview.length !== null && <LengthMeter length={preview.length} />}
    </section>
  );
}
