import { Link, useNavigate } from "@tanstack/react-router";
import {
  CalendarClock,
  CalendarOff,
  EllipsisVertical,
  FileDown,
  ListChecks,
  Pencil,
  Play,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { EnginePlace, EngineRuleView } from "../../api/types";
import { Badge, StatusPill } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { Findings } from "../../components/Findings";
import { formatTime } from "../../components/format";
import { Menu } from "../../components/Menu";
import { Prose } from "../../components/Prose";
import { ErrorState } from "../../components/States";
import { Ago } from "../../components/Values";
import { useActiveRuns } from "../events/AppEvents";
import { RegistryName } from "../frame/RegistryName";
import { useReview } from "../plans/PlanProvider";
import { RunStatePill } from "../runs/RunDetail";
import { runLook } from "../runs/runText";
import styles from "./Engine.module.css";
import { ExportRuleDialog } from "./ExportRuleDialog";
import { usePauseRule } from "./queries";
import { RulePermits } from "./RulePermits";
import { useRunNow } from "./useRunNow";

/** An engine rule in a list: its summary, its schedule, its last run and its actions. */
export function EngineRuleCard({ rule }: { rule: EngineRuleView }) {
  const { t } = useTranslation();
  const review = useReview();
  const run = useRunNow(rule);
  return (
    <li className={styles.rule} data-testid="engine-rule" data-rule={rule.id}>
      <div className={styles.head}>
        <div className={styles.name}>
          <h3 className={styles.title}>{rule.name}</h3>
          {rule.sentences[0] && (
            <p>
              <Prose text={rule.sentences[0]} />
            </p>
          )}
        </div>
        <div className={styles.actions}>
          <Button
            size="small"
            icon={<ListChecks />}
            onClick={() => review({ request: { change: "runEngineRule", rule: rule.id } })}
            data-testid="engine-rule-plan"
          >
            {t("engine.plan")}
          </Button>
          <Button
            size="small"
            variant="primary"
            icon={<Play />}
            busy={run.isPending}
            disabled={rule.running !== null}
            onClick={() => run.mutate()}
            data-testid="engine-rule-run"
          >
            {t("engine.runNow")}
          </Button>
          <RuleMenu rule={rule} />
        </div>
      </div>
      <p className={styles.places}>
        <Place place={rule.source} />
        <span aria-hidden="true">→</span>
        <span className="visually-hidden">{t("engine.to")}</span>
        {rule.destinations.map((each) => (
          <Place key={each.text} place={each} />
        ))}
      </p>
      <p className={styles.facts}>
        <Badge
          tone="accent"
          title={rule.driver.reasons.map((reason) => reason.text).join("\n") || t("engine.driverTitle")}
          data-testid="engine-rule-driver"
        >
          {t("replication.driverName.engine")}
        </Badge>
        {rule.driver.native && <Badge tone="success">{t("engine.couldBeNative")}</Badge>}
        <span data-testid="engine-rule-schedule">
          {rule.schedule ?? t("engine.onDemand")}
          {rule.schedule !== null && rule.paused && ` · ${t("engine.schedulePaused")}`}
        </span>
        {rule.next && (
          <span data-testid="engine-rule-next">
            {t("engine.next", { time: formatTime(new Date(rule.next)) })}
          </span>
        )}
        {rule.missed && (
          <Badge tone="warning">{t("engine.missed", { time: formatTime(new Date(rule.missed)) })}</Badge>
        )}
      </p>
      <LastRun rule={rule} />
      <RulePermits rule={rule} />
      <Findings findings={rule.findings} />
    </li>
  );
}

function Place({ place }: { place: EnginePlace }) {
  return (
    <span className={styles.place} title={place.registry ? undefined : place.text}>
      {place.registry ? <RegistryName registry={place.registry} /> : <code>{place.label}</code>}
    </span>
  );
}

function LastRun({ rule }: { rule: EngineRuleView }) {
  const { t } = useTranslation();
  const { last, running } = rule;
  const run = useActiveRuns().find((each) => each.id === running);
  if (running) {
    return (
      <p className={styles.facts} data-testid="engine-rule-running">
        {run ? (
          <RunStatePill run={run} />
        ) : (
          <StatusPill status="progress">{t("activity.state.running")}</StatusPill>
        )}
        <Link to="/activity" search={{ run: running }}>
          {t("engine.showRun")}
        </Link>
      </p>
    );
  }
  if (!last) return <p className={styles.muted}>{t("engine.neverRan")}</p>;
  return (
    <>
      <p className={styles.facts} data-testid="engine-rule-last" data-state={last.state}>
        <StatusPill status={runLook(last.state)}>{t(`activity.state.${last.state}`)}</StatusPill>
        <span>{last.text}</span>
        <span className={styles.muted}>
          <Ago at={last.at} />
        </span>
        {last.run && (
          <Link to="/activity" search={{ run: last.run }} data-testid="engine-rule-last-run">
            {t("engine.showRun")}
          </Link>
        )}
      </p>
      {last.error && <ErrorState error={last.error} compact />}
    </>
  );
}

function RuleMenu({ rule }: { rule: EngineRuleView }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const review = useReview();
  const pause = usePauseRule(rule);
  const [exporting, setExporting] = useState(false);
  return (
    <>
      <Menu
        align="end"
        data-testid="engine-rule-menu"
        trigger={
          <IconButton
            label={t("common.actionsFor", { name: rule.name })}
            icon={<EllipsisVertical />}
            data-testid="engine-rule-actions"
          />
        }
        items={[
          {
            id: "edit",
            label: t("replication.edit"),
            icon: <Pencil />,
            onSelect: () =>
              void navigate({ to: "/replication/engine", search: { space: rule.space, rule: rule.id } }),
          },
          ...(rule.schedule === null
            ? []
            : [
                {
                  id: "pause",
                  label: t(rule.paused ? "engine.resumeSchedule" : "engine.pauseSchedule"),
                  icon: rule.paused ? <CalendarClock /> : <CalendarOff />,
                  onSelect: () => pause.mutate(!rule.paused),
                },
              ]),
          {
            id: "export",
            label: t("engine.export.open"),
            icon: <FileDown />,
            onSelect: () => setExporting(true),
          },
          {
            id: "remove",
            label: t("replication.remove"),
            icon: <Trash2 />,
            danger: true,
            separated: true,
            onSelect: () => review({ request: { change: "removeEngineRule", rule: rule.id } }),
          },
        ]}
      />
      {exporting && <ExportRuleDialog rule={rule} onClose={() => setExporting(false)} />}
    </>
  );
}
