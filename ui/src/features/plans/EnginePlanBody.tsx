import { useTranslation } from "react-i18next";
import type { EnginePlan, EnginePlanDestination, EnginePlanTotals, PlanView } from "../../api/types";
import { formatBytes } from "../../components/format";
import { EnginePlanRows } from "./EnginePlanRows";
import styles from "./PlanBody.module.css";

const counts = [
  "copy",
  "retag",
  "mount",
  "attach",
  "skip",
  "keep",
  "conflict",
  "unavailable",
  "referrers",
  "create",
  "remove",
] as const satisfies readonly (keyof EnginePlanTotals)[];

const worrying: ReadonlySet<string> = new Set(["conflict", "unavailable", "remove"]);

/** The plan of an engine rule's run: totals, for each destination, and image by image. */
export function EnginePlanBody({ plan, engine }: { plan: PlanView; engine: EnginePlan }) {
  const { t } = useTranslation();
  const { totals } = engine;
  const work = totals.copy + totals.retag + totals.mount + totals.attach + totals.remove + totals.create;
  return (
    <>
      <section aria-label={t("plans.engine.totals")} data-testid="engine-plan">
        <h3 className={styles.heading}>{t("plans.engine.totals")}</h3>
        {work === 0 && totals.conflict + totals.unavailable === 0 && (
          <p data-testid="engine-plan-nothing">{t("plans.engine.nothing")}</p>
        )}
        <dl className={styles.totals}>
          <div>
            <dt>{t("plans.engine.selected")}</dt>
            <dd data-testid="engine-plan-selected">
              {t("plans.engine.selectedOf", {
                selected: engine.selected,
                all: engine.selected + engine.notSelected,
              })}
            </dd>
          </div>
          <Totals totals={totals} />
        </dl>
        {engine.destinations.length > 1 &&
          engine.destinations.map((each) => <Destination key={each.label} destination={each} />)}
        {engine.destinations.length === 1 && engine.destinations[0] && (
          <Notes destination={engine.destinations[0]} />
        )}
      </section>
      <EnginePlanRows plan={plan.id} problems={totals.conflict + totals.unavailable > 0} />
    </>
  );
}

function Totals({ totals }: { totals: EnginePlanTotals }) {
  const { t } = useTranslation();
  const bytes = [
    ["toMove", totals.bytesToMove],
    ["toMount", totals.bytesToMount],
    ["saved", totals.bytesSaved],
  ] as const;
  return (
    <>
      {counts
        .filter((name) => totals[name] > 0)
        .map((name) => (
          <div key={name}>
            <dt>{t(`plans.engine.${name}`)}</dt>
            <dd className={worrying.has(name) ? styles.worry : undefined} data-testid={`engine-plan-${name}`}>
              {t("plans.engine.number", { value: totals[name] })}
            </dd>
          </div>
        ))}
      {bytes.map(([name, value]) => (
        <div key={name}>
          <dt>{t(`plans.engine.${name}`)}</dt>
          <dd data-testid={`engine-plan-bytes-${name}`}>{formatBytes(value)}</dd>
        </div>
      ))}
    </>
  );
}

function Destination({ destination }: { destination: EnginePlanDestination }) {
  const { t } = useTranslation();
  return (
    <>
      <h4 className={styles.at}>{t("plans.engine.at", { label: destination.label })}</h4>
      <dl className={styles.totals}>
        <Totals totals={destination.totals} />
      </dl>
      <Notes destination={destination} />
    </>
  );
}

function Notes({ destination }: { destination: EnginePlanDestination }) {
  const { t } = useTranslation();
  return (
    <>
      {destination.creates.length > 0 && (
        <p className={styles.muted}>{t("plans.engine.creates", { names: destination.creates.join(", ") })}</p>
      )}
      {destination.cap !== null && (
        <p className={styles.muted}>{t("plans.engine.cap", { count: destination.cap })}</p>
      )}
    </>
  );
}
