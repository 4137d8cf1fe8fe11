import { FlaskConical } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { useReview } from "../plans/PlanProvider";

/** Opens the plan that tests a rule with a tiny image in a repository of its own. */
export function TestRule({ registry, rule }: { registry: RegistryKey; rule: string }) {
  const { t } = useTranslation();
  const review = useReview();
  return (
    <Button
      size="small"
      icon={<FlaskConical />}
      title={t("readiness.test.about")}
      onClick={() => review({ request: { change: "testRule", registry, rule } })}
      data-testid="rule-test"
    >
      {t("readiness.test.open")}
    </Button>
  );
}
