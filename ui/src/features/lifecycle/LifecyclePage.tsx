import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { LifecycleView, RepositoryKey } from "../../api/types";
import { Button, IconButton } from "../../components/Button";
import { CodeEditor, type CodeEditorHandle } from "../../components/CodeEditor";
import { Notice } from "../../components/Findings";
import { Page, PageHeader } from "../../components/PageHeader";
import { PlacedFindings } from "../../components/PlacedFindings";
import { ErrorState, SkeletonLines } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { ExportButton } from "../exporting/ExportButton";
import { RegistryName } from "../frame/RegistryName";
import { OwnerBadge } from "../owners/OwnerBadge";
import { usePlanForm } from "../plans/usePlanForm";
import styles from "./Lifecycle.module.css";
import { LifecyclePreview } from "./LifecyclePreview";
import { RuleList } from "./RuleList";
import { rulesOf, textOf } from "./rules";

/** How often the policy is read again, in milliseconds: it changes by the plans of this page and elsewhere. */
const READ_EVERY = 3_000;

/** The lifecycle policy of a repository: its rules, what they do, and what they would do. */
export function LifecyclePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: "/images/lifecycle" });
  const { space, account, region, repository } = search;
  const key = useMemo<RepositoryKey>(
    () => ({ registry: { space, account, region }, repository }),
    [space, account, region, repository],
  );
  const read = useQuery({
    queryKey: ["lifecycle", key],
    queryFn: () => api.lifecycle(key),
    refetchInterval: READ_EVERY,
  });
  return (
    <Page
      name="lifecycle"
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={repository}
                icon={<ChevronLeft />}
                onClick={() => void navigate({ to: "/images/repository", search })}
                data-testid="back-to-repository"
              />
              {t("lifecycle.title")}
            </>
          }
          subtitle={
            <>
              <RegistryName registry={key.registry} />
              <code>{repository}</code>
              <OwnerBadge
                document={{
                  registry: key.registry,
                  document: { document: "lifecyclePolicy", name: repository },
                }}
              />
              {read.data?.document && (
                <ExportButton
                  registry={key.registry}
                  document={{ kind: "lifecyclePolicy", name: repository }}
                  name={repository}
                  data-testid="lifecycle-export"
                />
              )}
            </>
          }
        />
      }
    >
      {read.error && !read.data ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : read.data ? (
        <Editor key={`${account} ${region} ${repository}`} repository={key} now={read.data} />
      ) : (
        <SkeletonLines lines={8} />
      )}
    </Page>
  );
}

function Editor({
  repository,
  now,
}: {
  repository: RepositoryKey;
  /** As last read. */
  now: LifecycleView;
}) {
  const { t } = useTranslation();
  const editor = useRef<CodeEditorHandle>(null);
  const [opened, setOpened] = useState(now);
  const before = opened.document ?? "";
  const [text, setText] = useState(before);
  const open = (next: LifecycleView) => {
    setOpened(next);
    setText(next.document ?? "");
  };
  // A policy that was written elsewhere, or by the plan, is opened unless there is a draft of another one.
  const drafted = text !== before && text.trim() !== (now.document ?? "").trim();
  if (now.base !== opened.base && !drafted) open(now);
  const settled = useDebounced(text, 200);
  const check = useQuery({
    queryKey: ["checkedLifecycle", settled],
    queryFn: () => api.checkLifecycle({ text: settled }),
    enabled: settled.trim() !== "",
    staleTime: 0,
    gcTime: 0,
  });
  const checked = settled === text && text.trim() !== "" ? check.data : undefined;
  const form = usePlanForm([], undefined);
  const rules = rulesOf(text);
  const wrong = checked?.findings.find(({ finding }) => finding.severity === "error");
  const write = (document: string | null) =>
    form.submit({ change: "putLifecycle", repositories: [repository], text: document, base: opened.base });
  return (
    <div className={styles.halves}>
      <div className={styles.stack}>
        {now.base !== opened.base && (
          <Notice severity="warning">
            <p>{t("lifecycle.changed")}</p>
            <Button size="small" onClick={() => open(now)} data-testid="lifecycle-reopen">
              {t("lifecycle.reopen")}
            </Button>
          </Notice>
        )}
        {rules === null ? (
          <Notice severity="warning">{t("lifecycle.notReadable")}</Notice>
        ) : (
          <RuleList
            rules={rules}
            sentences={checked?.rules ?? []}
            onRules={(next) => setText(textOf(text, next))}
          />
        )}
        {checked && (
          <PlacedFindings
            label={t("lifecycle.findings")}
            findings={checked.findings}
            onPlace={(line, column) => editor.current?.goTo(line, column)}
          />
        )}
        {check.error && !check.isFetching && (
          <ErrorState error={check.error} compact onRetry={() => void check.refetch()} />
        )}
        <h2 className={styles.heading}>{t("lifecycle.json")}</h2>
        <CodeEditor
          ref={editor}
          label={t("lifecycle.text")}
          value={text}
          onChange={setText}
          errorLine={wrong?.line ?? null}
          data-testid="lifecycle-text"
        />
        {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
        <div className={styles.wrap}>
          <Button
            variant="primary"
            busy={form.busy}
            disabled={text === before || !checked?.document}
            onClick={() => checked?.document && write(checked.document)}
            data-testid="lifecycle-review"
          >
            {t("lifecycle.review")}
          </Button>
          {text !== before && (
            <Button onClick={() => setText(before)} data-testid="lifecycle-discard">
              {t("lifecycle.discard")}
            </Button>
          )}
          {opened.document !== null && (
            <Button disabled={form.busy} onClick={() => write(null)} data-testid="lifecycle-delete">
              {t("lifecycle.deletePolicy")}
            </Button>
          )}
        </div>
      </div>
      <LifecyclePreview repository={repository} policy={checked?.document ?? null} />
    </div>
  );
}
