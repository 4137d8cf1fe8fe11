import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { CheckedPolicies, PolicyKind, CheckPolicies as Request } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { CodeEditor, type CodeEditorHandle } from "../../components/CodeEditor";
import { Notice } from "../../components/Findings";
import { PlacedFindings } from "../../components/PlacedFindings";
import { Prose } from "../../components/Prose";
import { Select } from "../../components/Select";
import { ErrorState } from "../../components/States";
import { useDebounced } from "../../components/useDebounced";
import { useScopeRegistries } from "../frame/scope";
import styles from "./Policies.module.css";

const KINDS: PolicyKind[] = ["identity", "repository", "registry", "trust"];

/** A text with policies: what each statement means, and what is wrong, with one fix at a time. */
export function CheckPolicies({ text, onText }: { text: string; onText: (text: string) => void }) {
  const { t } = useTranslation();
  const editor = useRef<CodeEditorHandle>(null);
  const [kind, setKind] = useState<PolicyKind | "recognised">("recognised");
  const [place, setPlace] = useState("");
  const registries = useScopeRegistries();
  const id = ({ account, region }: { account: string; region: string }) => `${account}/${region}`;
  const registry = registries.find((each) => id(each) === place) ?? null;
  const request: Request = { text, kind: kind === "recognised" ? null : kind, registry };
  const settled = useDebounced(request, 250);
  const read = useQuery({
    queryKey: ["checkedPolicies", settled],
    queryFn: () => api.checkPolicies(settled),
    enabled: settled.text.trim() !== "",
    staleTime: 0,
    gcTime: 0,
  });
  const checked = settled.text === text && text.trim() !== "" ? read.data : undefined;
  const fix = useMutation({ mutationFn: api.fixPolicies });
  const worst = checked?.findings.find(({ finding }) => finding.severity === "error");
  return (
    <div className={styles.stack}>
      <p className={styles.muted}>{t("policies.pasteText")}</p>
      <div className={styles.two}>
        <Select
          label={t("policies.checkedAs")}
          value={kind}
          options={(["recognised", ...KINDS] as const).map((value) => ({
            value,
            label: t(`policies.kinds.${value as Exclude<typeof value, "other">}`),
          }))}
          onChange={setKind}
          data-testid="policy-checked-as"
        />
        <Select
          label={t("policies.forRegistry")}
          value={place}
          options={[
            { value: "", label: t("policies.anyRegistry") },
            ...registries.map((each) => ({ value: id(each), label: id(each) })),
          ]}
          onChange={setPlace}
          data-testid="policy-for-registry"
        />
      </div>
      <CodeEditor
        ref={editor}
        label={t("policies.text")}
        value={text}
        onChange={(next) => {
          onText(next);
          fix.reset();
        }}
        errorLine={worst?.line ?? null}
        data-testid="policies-text"
      />
      {fix.data?.alone && <Notice severity="warning">{t("policies.fixedAlone")}</Notice>}
      {fix.error && <ErrorState error={fix.error} compact />}
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {checked && (
        <Report
          checked={checked}
          busy={fix.isPending}
          onPlace={(line, column) => editor.current?.goTo(line, column)}
          onFix={(finding) =>
            fix.mutate({ checked: settled, finding }, { onSuccess: (fixed) => onText(fixed.text) })
          }
        />
      )}
    </div>
  );
}

function Report({
  checked,
  busy,
  onPlace,
  onFix,
}: {
  checked: CheckedPolicies;
  busy: boolean;
  onPlace: (line: number, column: number) => void;
  onFix: (finding: number) => void;
}) {
  const { t } = useTranslation();
  const clean = checked.findings.every(({ finding }) => finding.severity === "note");
  return (
    <div className={styles.stack} role="status" data-testid="policies-checked">
      {clean && checked.documents.length > 0 && (
        <p className={styles.clean}>
          <CircleCheck aria-hidden="true" /> {t("policies.clean")}
        </p>
      )}
      <PlacedFindings
        label={t("policies.findings")}
        findings={checked.findings}
        onPlace={onPlace}
        actionOf={({ fix }, index) =>
          fix && (
            <Button
              size="small"
              disabled={busy}
              aria-label={t("policies.fixAbout", { what: fix })}
              title={fix}
              onClick={() => onFix(index)}
              data-testid={`policy-fix-${index}`}
            >
              {t("policies.fix")}
            </Button>
          )
        }
      />
      {checked.documents.map((document, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a document is its number
        <section key={place} className={styles.item}>
          <h2 className={styles.heading}>
            {document.what.charAt(0).toUpperCase() + document.what.slice(1)}{" "}
            {document.repository && t("policies.ofRepository", { name: document.repository })}{" "}
            <span className={styles.faint}>{t("policies.line", { line: document.line })}</span>
          </h2>
          <ul className={styles.statements}>
            {document.statements.map(({ sid, effect, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a statement is its number
              <li key={index}>
                <Badge tone={effect === "Deny" ? "danger" : "neutral"}>{effect}</Badge>
                <span>
                  <Prose text={text} /> {sid && <code className={styles.faint}>{sid}</code>}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <p className={styles.faint}>{t("policies.list", { date: checked.list })}</p>
    </div>
  );
}
