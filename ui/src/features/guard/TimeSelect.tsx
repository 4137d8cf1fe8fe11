import { useTranslation } from "react-i18next";
import { Select } from "../../components/Select";
import { type Minutes, TIMES, timeText } from "./guarded";

/** Chooses for how long an account is unlocked. */
export function TimeSelect({
  value,
  onChange,
  "data-testid": testId = "unlock-time",
}: {
  value: Minutes;
  onChange: (minutes: Minutes) => void;
  "data-testid"?: string;
}) {
  const { t } = useTranslation();
  return (
    <Select
      label={t("guard.for")}
      value={String(value)}
      onChange={(text) => onChange(TIMES.find((each) => String(each) === text) ?? 30)}
      options={TIMES.map((minutes) => ({ value: String(minutes), label: timeText(minutes, t) }))}
      data-testid={testId}
    />
  );
}
