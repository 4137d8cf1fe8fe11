import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PromotedBuild, PromotionView } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Shortened } from "../../findings/Shortened";
import type { PlanReviewState } from "../usePlanReview";
import { AddApprovals } from "./AddApprovals";
import { BuildReport } from "./BuildReport";
import { OverrideGates } from "./OverrideGates";
import styles from "./Promotion.module.css";

/** Builds that are shown before the list is opened. */
const SHOWN = 5;

/** Those that may not go first. */
function stoppedFirst(builds: readonly PromotedBuild[]): PromotedBuild[] {
  const stopped = ({ standing }: PromotedBuild) => standing !== "go";
  return [...builds.filter(stopped), ...builds.filter((build) => !stopped(build))];
}

/** The builds of a promotion with their gates, and what a person can add so that gates let them through. */
export function PromotionReview({
  review,
  promotion,
}: {
  review: PlanReviewState;
  promotion: PromotionView;
}) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const { builds, skipped, from, stage } = promotion;
  const space = review.plan?.space ?? "sandbox";
  const gates = builds.flatMap((build) => build.gates);
  const failed = gates.filter(({ state }) => state === "fail");
  return (
    <section className={styles.promotion} data-testid="plan-promotion">
      <div>
        <h3 className={styles.heading}>
          {from === stage ? t("gates.rollback", { stage }) : t("gates.route", { from, stage })}
        </h3>
        <p className={styles.muted}>{t("gates.requestedBy", { name: promotion.requestedBy })}</p>
      </div>
      <ul className={styles.builds} aria-label={t("gates.builds")}>
        {stoppedFirst(builds)
          .slice(0, all ? builds.length : SHOWN)
          .map((build) => (
            <li key={build.service}>
              <BuildReport space={space} build={build} />
            </li>
          ))}
      </ul>
      {!all && builds.length > SHOWN && (
        <div>
          <Button size="small" variant="ghost" onClick={() => setAll(true)} data-testid="promoted-all">
            {t("common.showAll", { count: builds.length })}
          </Button>
        </div>
      )}
      {skipped.length > 0 && (
        <div data-testid="plan-skipped">
          <h3 className={styles.heading}>{t("gates.skipped", { count: skipped.length })}</h3>
          <Shortened label={t("gates.skipped", { count: skipped.length })} items={skipped}>
            {(one) => <li key={one.service}>{t("gates.skippedOne", { ...one })}</li>}
          </Shortened>
        </div>
      )}
      {gates.some(({ gate }) => gate === "approvals") && <AddApprovals review={review} />}
      {failed.some(({ noOverride }) => !noOverride) && <OverrideGates review={review} />}
    </section>
  );
}
