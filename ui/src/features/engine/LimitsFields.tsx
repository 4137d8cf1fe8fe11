import { useTranslation } from "react-i18next";
import type { EngineLimits } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { TextField } from "../../components/TextField";
import { type EngineFields, errorAt, numberOf } from "./engineForm";
import styles from "./Wizard.module.css";

const noLimits: EngineLimits = { bandwidth: null, concurrency: null, windows: [] };
const MOST_REMOVED = 100;

/** The limits of a run, and whether it removes tags that are no longer selected. */
export function LimitsFields({ form, onChange, findings }: EngineFields) {
  const { t } = useTranslation();
  const { limits, prune } = form.rule;
  const set = (change: Partial<EngineLimits>) => {
    const next = { ...(limits ?? noLimits), ...change };
    const none = next.bandwidth === null && next.concurrency === null && next.windows.length === 0;
    onChange({ ...form, rule: { ...form.rule, limits: none ? null : next } });
  };
  return (
    <>
      <div className={styles.pair}>
        <TextField
          label={t("engine.wizard.bandwidth")}
          hint={t("engine.wizard.bandwidthHint")}
          mono
          value={limits?.bandwidth ?? ""}
          onChange={(event) => set({ bandwidth: event.target.value.trim() || null })}
          error={errorAt(findings, "limits.bandwidth")}
          data-testid="engine-bandwidth"
        />
        <TextField
          label={t("engine.wizard.concurrency")}
          hint={t("engine.wizard.concurrencyHint")}
          inputMode="numeric"
          value={limits?.concurrency ?? ""}
          onChange={(event) => set({ concurrency: numberOf(event.target.value) })}
          error={errorAt(findings, "limits.concurrency")}
          data-testid="engine-concurrency"
        />
      </div>
      <Checkbox
        label={t("engine.wizard.prune")}
        hint={t("engine.wizard.pruneHint")}
        checked={prune?.enabled ?? false}
        onChange={(on) =>
          onChange({
            ...form,
            rule: { ...form.rule, prune: on ? { enabled: true, max: prune?.max ?? MOST_REMOVED } : null },
          })
        }
        data-testid="engine-prune"
      />
      {prune?.enabled && (
        <TextField
          label={t("engine.wizard.pruneMax")}
          inputMode="numeric"
          value={prune.max}
          onChange={(event) =>
            onChange({
              ...form,
              rule: { ...form.rule, prune: { enabled: true, max: numberOf(event.target.value) ?? 0 } },
            })
          }
          error={errorAt(findings, "prune.max")}
          data-testid="engine-prune-max"
        />
      )}
    </>
  );
}
