import { useTranslation } from "react-i18next";
import type { PolicyFix } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { Prose } from "../../components/Prose";
import styles from "./Permissions.module.css";

/** Fixes that would change what the policy allows, each with its own check box. */
export function PolicyFixes({
  fixes,
  chosen,
  onChosen,
}: {
  fixes: PolicyFix[];
  /** The ids of those that are ticked. */
  chosen: string[];
  onChosen: (ids: string[]) => void;
}) {
  const { t } = useTranslation();
  const open = fixes.filter((fix) => !fix.applied);
  if (open.length === 0) return null;
  return (
    <fieldset className={styles.fixes} data-testid="policy-fixes">
      <legend>{t("permissions.fixes")}</legend>
      {open.map((fix) => (
        <Checkbox
          key={fix.id}
          label={fix.what}
          hint={
            fix.newlyAllows ? (
              <Prose text={t("permissions.newlyAllows", { what: fix.newlyAllows })} />
            ) : undefined
          }
          checked={chosen.includes(fix.id)}
          onChange={(on) => onChosen(on ? [...chosen, fix.id] : chosen.filter((id) => id !== fix.id))}
          data-testid={`policy-fix-${fix.code}`}
        />
      ))}
    </fieldset>
  );
}
