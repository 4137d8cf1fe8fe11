import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { BringOver, BringOverWay, RegistryKey } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { Notice } from "../../components/Findings";
import { visible } from "../../components/hidden";
import { Prose } from "../../components/Prose";
import { RadioGroup } from "../../components/RadioGroup";
import { Unread } from "../../components/States";
import { useScope } from "../frame/scope";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";
import styles from "./Backfill.module.css";
import { conflictOf, initiallyChosen } from "./backfillForm";

const limits = {
  backfill: ["whole", "count", "most", "fails", "stop"],
  engine: ["accounts", "pulls", "resume"],
} as const;

/** Asks how the images that were there before a rule are copied, and to which of its destinations. */
export function BackfillDialog({
  registry,
  destinations,
  prefixes,
  onClose,
}: {
  registry: RegistryKey;
  destinations: readonly RegistryKey[];
  prefixes: readonly string[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { accounts } = useScope();
  const [picked, setWay] = useState<BringOverWay | null>(null);
  const [ids, setIds] = useState(() => initiallyChosen(destinations));
  const form = usePlanForm([], onClose);
  const chosen = destinations.filter((each) => ids.includes(registryId(each)));
  const asked = { registry, destinations: chosen, prefixes: [...prefixes] };
  const advice = useQuery({
    queryKey: keys.bringOver(asked),
    queryFn: () => api.bringOver(asked),
    enabled: chosen.length > 0,
    placeholderData: (before) => before,
  });
  const way = picked ?? advice.data?.way ?? "backfill";
  const conflict = way === "backfill" ? conflictOf(chosen) : null;
  const submit = () => {
    if (way === "backfill") {
      const typed = chosen.map(({ account, region }) => ({ account, region }));
      form.submit({ change: "startBackfill", registry, destinations: typed });
      return;
    }
    const to = chosen.map(({ account, region }) => `${account}/${region}`);
    void navigate({ to: "/replication/engine", search: { ...registry, to, prefixes: [...prefixes] } });
  };
  return (
    <PlanFormDialog
      form={form}
      title={t("backfill.dialog.title")}
      description={t("backfill.dialog.text")}
      space={registry.space}
      registries={[registry, ...chosen]}
      onSubmit={submit}
      onClose={onClose}
      ready={chosen.length > 0 && conflict === null}
      action={way === "engine" ? t("backfill.dialog.toEngine") : undefined}
      data-testid="dialog-backfill"
    >
      <RadioGroup<BringOverWay>
        label={t("backfill.dialog.way")}
        value={way}
        onChange={setWay}
        options={[
          { value: "backfill", label: t("backfill.dialog.ecr"), hint: t("backfill.dialog.ecrHint") },
          { value: "engine", label: t("backfill.dialog.engine"), hint: t("backfill.dialog.engineHint") },
        ]}
        data-testid="backfill-way"
      />
      <Advice read={advice} />
      <fieldset className={styles.destinations}>
        <legend>{t("backfill.dialog.destinations")}</legend>
        {destinations.map((each) => {
          const id = registryId(each);
          const { account, region } = each;
          const name = accounts.find((known) => known.id === account)?.name;
          return (
            <Checkbox
              key={id}
              label={`${name ?? account} / ${region}`}
              hint={name ? account : undefined}
              checked={ids.includes(id)}
              onChange={(on) => setIds(on ? [...ids, id] : ids.filter((other) => other !== id))}
              data-testid={`backfill-to-${account}-${region}`}
            />
          );
        })}
      </fieldset>
      {conflict && (
        <div role="alert" data-testid="backfill-conflict">
          <Notice severity="error">{t(`backfill.dialog.${conflict.kind}`, { ...conflict })}</Notice>
        </div>
      )}
      <section>
        <h3 className={styles.heading}>{t("backfill.dialog.limits")}</h3>
        <ul className={styles.limits} data-testid="backfill-limits">
          {way === "backfill"
            ? limits.backfill.map((name) => <li key={name}>{t(`backfill.dialog.ecrLimits.${name}`)}</li>)
            : limits.engine.map((name) => <li key={name}>{t(`backfill.dialog.engineLimits.${name}`)}</li>)}
        </ul>
      </section>
    </PlanFormDialog>
  );
}

/** Which way is proposed, and why. */
function Advice({ read }: { read: UseQueryResult<BringOver> }) {
  const { t } = useTranslation();
  if (!read.data) return read.isEnabled ? <Unread read={read} /> : null;
  const { way, reasons } = read.data;
  return (
    <div role="status" data-testid="backfill-advice" data-way={way}>
      <Notice>
        <p>{t(way === "engine" ? "backfill.dialog.proposesEngine" : "backfill.dialog.proposesEcr")}</p>
        <ul className={styles.limits}>
          {reasons.map((reason) => (
            <li key={reason}>
              <Prose text={visible(reason)} />
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}
