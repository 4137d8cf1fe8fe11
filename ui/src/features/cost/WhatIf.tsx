import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { CostView, GetWhatIf, RegistryKey, WhatIfView } from "../../api/types";
import { Button } from "../../components/Button";
import { formatBytes } from "../../components/format";
import { RadioGroup } from "../../components/RadioGroup";
import { Select } from "../../components/Select";
import { ErrorState } from "../../components/States";
import { TextArea, TextField } from "../../components/TextField";
import { amount } from "./amounts";
import styles from "./Cost.module.css";

type Kind = GetWhatIf["change"]["kind"];

/** What a lifecycle policy or the archive would save in a repository. Nothing is changed. */
export function WhatIf({
  registry,
  view,
  prices,
}: {
  registry: RegistryKey;
  view: CostView;
  prices: string | null;
}) {
  const { t } = useTranslation();
  const [repository, setRepository] = useState<string | null>(null);
  const [kind, setKind] = useState<Kind>("archive");
  const [notPulled, setNotPulled] = useState("90");
  const [text, setText] = useState("");
  const ask = useMutation({ mutationFn: api.whatIfCost });
  const names = view.repositories.map((row) => row.repository);
  const [first] = names;
  if (first === undefined) return null;
  const chosen = repository !== null && names.includes(repository) ? repository : first;
  const days = Number(notPulled);
  const valid =
    kind === "lifecycle" ? text.trim() !== "" : Number.isInteger(days) && days > 0 && days <= 3650;
  const submit = () =>
    ask.mutate({
      repository: { registry, repository: chosen },
      change: kind === "lifecycle" ? { kind, text } : { kind, notPulled: days },
      days: 0,
      prices,
    });
  return (
    <section className={styles.stack} aria-label={t("cost.whatIf.title")}>
      <h2 className={styles.heading}>{t("cost.whatIf.title")}</h2>
      <Select
        label={t("cost.repository")}
        value={chosen}
        options={names.map((name) => ({ value: name, label: name }))}
        onChange={setRepository}
        data-testid="what-if-repository"
      />
      <RadioGroup<Kind>
        label={t("cost.whatIf.change")}
        value={kind}
        onChange={setKind}
        options={[
          { value: "archive", label: t("cost.whatIf.archive") },
          { value: "lifecycle", label: t("cost.whatIf.lifecycle") },
        ]}
        data-testid="what-if-kind"
      />
      {kind === "archive" ? (
        <TextField
          label={t("cost.whatIf.notPulled")}
          value={notPulled}
          onChange={(event) => setNotPulled(event.target.value)}
          inputMode="numeric"
          error={valid ? undefined : t("cost.whatIf.days")}
          data-testid="what-if-days"
        />
      ) : (
        <TextArea
          label={t("cost.whatIf.policy")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          rows={6}
          mono
          data-testid="what-if-policy"
        />
      )}
      <div className={styles.row}>
        <Button disabled={!valid} busy={ask.isPending} onClick={submit} data-testid="what-if-ask">
          {t("cost.whatIf.ask")}
        </Button>
      </div>
      {ask.error && <ErrorState error={ask.error} compact onRetry={submit} />}
      {ask.data && <Answer found={ask.data} />}
    </section>
  );
}

function Answer({ found }: { found: WhatIfView }) {
  const { t } = useTranslation();
  const { before, after, currency } = found;
  const saved = before === null || after === null ? null : before - after;
  return (
    <div role="status" data-testid="what-if-answer">
      <p>
        {t("cost.whatIf.effect", {
          expired: found.expired,
          freed: formatBytes(found.expiredBytes),
          archived: found.archived,
          moved: formatBytes(found.archivedBytes),
          spared: found.spared,
        })}
      </p>
      <p>
        {saved === null
          ? t("cost.whatIf.unknown")
          : t("cost.whatIf.saved", {
              before: amount(before, currency) ?? "",
              after: amount(after, currency) ?? "",
              saved: amount(saved, currency) ?? "",
            })}
      </p>
      <p className={styles.muted}>{t("cost.whatIf.limits")}</p>
    </div>
  );
}
