import { useTranslation } from "react-i18next";
import type { EngineSchedule } from "../../api/types";
import { formatTime } from "../../components/format";
import { RadioGroup } from "../../components/RadioGroup";
import { TextField } from "../../components/TextField";
import { type EngineFields, errorAt } from "./engineForm";
import styles from "./Wizard.module.css";

const kinds = ["demand", "cron", "watch"] as const;

/** When a rule runs: on demand, on a schedule (also shown in words), or whenever its source changes. */
export function ScheduleFields({
  form,
  onChange,
  findings,
  next,
}: EngineFields & {
  next: readonly string[];
}) {
  const { t } = useTranslation();
  const { schedule } = form.rule;
  const kind = schedule === null ? "demand" : schedule.watch !== null ? "watch" : "cron";
  const set = (to: EngineSchedule | null) => onChange({ ...form, rule: { ...form.rule, schedule: to } });
  return (
    <>
      <RadioGroup
        label={t("engine.wizard.schedule")}
        value={kind}
        options={kinds.map((value) => ({ value, label: t(`engine.wizard.scheduling.${value}`) }))}
        onChange={(value) =>
          set(
            value === "demand"
              ? null
              : value === "cron"
                ? { cron: "0 3 * * *", time_zone: null, watch: null }
                : { cron: null, time_zone: null, watch: "5m" },
          )
        }
        data-testid="engine-schedule"
      />
      {schedule && kind === "cron" && (
        <div className={styles.pair}>
          <TextField
            label={t("engine.wizard.cron")}
            hint={t("engine.wizard.cronHint")}
            mono
            value={schedule.cron ?? ""}
            onChange={(event) => set({ ...schedule, cron: event.target.value })}
            error={errorAt(findings, "schedule.cron") ?? errorAt(findings, "schedule")}
            data-testid="engine-cron"
          />
          <TextField
            label={t("engine.wizard.timeZone")}
            hint={t("engine.wizard.timeZoneHint")}
            mono
            value={schedule.time_zone ?? ""}
            onChange={(event) => set({ ...schedule, time_zone: event.target.value.trim() || null })}
            error={errorAt(findings, "schedule.time_zone")}
            data-testid="engine-time-zone"
          />
        </div>
      )}
      {schedule && kind === "watch" && (
        <TextField
          label={t("engine.wizard.watch")}
          hint={t("engine.wizard.watchHint")}
          mono
          value={schedule.watch ?? ""}
          onChange={(event) => set({ ...schedule, watch: event.target.value })}
          error={errorAt(findings, "schedule.watch") ?? errorAt(findings, "schedule")}
          data-testid="engine-watch"
        />
      )}
      {schedule && next.length > 0 && (
        <p className={styles.muted} role="status" data-testid="engine-next-times">
          {t("engine.wizard.next", { times: next.map((each) => formatTime(new Date(each))).join(" · ") })}
        </p>
      )}
    </>
  );
}
