import { useTranslation } from "react-i18next";
import { Meter } from "../../components/Meter";

/** Characters that ECR allows in a registry policy. */
const MOST_CHARACTERS = 10_240;

/** How much of the policy's length is used. */
export function LengthMeter({ length }: { length: number }) {
  const { t } = useTranslation();
  return (
    <Meter
      text={t("permissions.length", { length, most: MOST_CHARACTERS })}
      value={length}
      most={MOST_CHARACTERS}
      data-testid="policy-length"
    />
  );
}
