import { useTranslation } from "react-i18next";
import type { DriverView, RuleInput, RulePreview } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Card } from "../../components/Card";
import { Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import { ExportView } from "../exporting/ExportView";
import { RegistryNames } from "../findings/Shortened";
import { PlanReview } from "../plans/PlanReview";
import type { PlanReviewState } from "../plans/usePlanReview";
import { PlannedReadiness } from "../readiness/PlannedReadiness";
import styles from "./Steps.module.css";
import { leftOut, type OtherSides } from "./useOtherSides";

/** The rule in words, the changes to the document, the driver, and equivalent commands and templates. */
export function ReviewStep({
  input,
  preview,
  review,
  sides,
}: {
  input: RuleInput;
  preview: RulePreview | undefined;
  review: PlanReviewState;
  sides: OtherSides;
}) {
  const { t } = useTranslation();
  const { plan } = review;
  const left = leftOut(sides);
  return (
    <>
      {preview?.sentence && (
        <p className={styles.sentence} data-testid="review-sentence">
          <Prose text={preview.sentence} />
        </p>
      )}
      {preview && <Driver driver={preview.driver} />}
      {left.length > 0 && (
        <div data-testid="review-left-out">
          <Notice severity="warning">
            <p>{t("replication.wizard.leftOut", { count: left.length })}</p>
            <RegistryNames registries={left.map((side) => side.registry)} />
          </Notice>
        </div>
      )}
      <PlannedReadiness key={JSON.stringify(input)} rule={input} adding={sides.adding} />
      <PlanReview review={review} />
      {plan && (
        <Card title={t("replication.wizard.equivalents")}>
          <ExportView what={{ subject: "plan", plan: plan.id }} version={plan.hash} />
        </Card>
      )}
    </>
  );
}

function Driver({ driver }: { driver: DriverView }) {
  const { t } = useTranslation();
  return (
    <div className={styles.driver} data-testid="review-driver" data-driver={driver.driver}>
      <Badge tone={driver.driver === "native" ? "success" : "accent"}>
        {t(`replication.driverName.${driver.driver}`)}
      </Badge>
      {driver.driver === "native" ? (
        <span>
          <Prose text={driver.reason} />
        </span>
      ) : (
        <ul>
          {driver.reasons.map((reason) => (
            <li key={reason}>
              <Prose text={reason} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
