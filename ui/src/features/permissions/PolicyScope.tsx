import { useTranslation } from "react-i18next";
import type { PolicyView } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { useReview } from "../plans/PlanProvider";
import styles from "./Permissions.module.css";

/** Which actions of the policy ECR enforces. A scope that could not be read says so. */
export function PolicyScope({ policy, onRetry }: { policy: PolicyView; onRetry: () => void }) {
  const { t } = useTranslation();
  const review = useReview();
  const { registry, scope, scopeProblem } = policy;
  if (scope === null) {
    return (
      <>
        <Badge tone="warning" data-testid="policy-scope">
          {t("permissions.scope.unknown")}
        </Badge>
        {scopeProblem && <ErrorState error={scopeProblem} compact onRetry={onRetry} />}
      </>
    );
  }
  return (
    <span className={styles.known}>
      <Badge
        tone={scope === "V1" ? "warning" : "neutral"}
        title={t(`permissions.scope.about.${scope}`)}
        data-testid="policy-scope"
      >
        {t("permissions.scope.is", { scope })}
      </Badge>
      {scope === "V1" && (
        <Button
          onClick={() => review({ request: { change: "upgradePolicyScope", registry } })}
          data-testid="policy-scope-upgrade"
        >
          {t("permissions.scope.upgrade")}
        </Button>
      )}
    </span>
  );
}
