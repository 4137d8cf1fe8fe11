import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { ComparedSettings, RepositoryKey, SettingsComparison } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { visible } from "../../components/hidden";
import { ErrorState } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Comparison.module.css";
import { changeable, type LeftOut, SETTINGS } from "./differences";
import { SettingCells } from "./SettingCells";
import { usePlaceName } from "./usePlaceName";

/** A row for each registry, a column for each setting; what differs has a box that chooses it. */
export function SettingsTable({
  repository,
  comparison,
  left,
  onLeft,
  onRefresh,
}: {
  repository: RepositoryKey;
  comparison: SettingsComparison;
  left: LeftOut;
  onLeft: (left: LeftOut) => void;
  onRefresh: () => void;
}) {
  const { t } = useTranslation();
  const nameOf = usePlaceName();
  const choose = (id: string, on: boolean) => {
    const next = new Set(left);
    if (on) next.delete(id);
    else next.add(id);
    onLeft(next);
  };
  const differing = new Set(comparison.others.flatMap(changeable));
  return (
    <div className={styles.scroll}>
      <table className={styles.table} data-testid="comparison-table">
        <caption className="visually-hidden">
          {t("comparison.table", { repository: visible(repository.repository) })}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t("comparison.registry")}</th>
            {SETTINGS.map((setting) => (
              <th key={setting} scope="col">
                <span className={styles.choice}>
                  {differing.has(setting) && (
                    <Checkbox
                      label={t("comparison.choose", { setting: t(`comparison.setting.${setting}`) })}
                      hideLabel
                      checked={!left.has(setting)}
                      onChange={(on) => choose(setting, on)}
                      data-testid={`equal-${setting}`}
                    />
                  )}
                  {t(`comparison.setting.${setting}`)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr data-testid="comparison-own">
            <th scope="row">
              <RegistryName registry={repository.registry} />
              <div className={styles.muted}>{t("comparison.thisRepository")}</div>
            </th>
            <SettingCells
              registry={repository.registry}
              repository={repository.repository}
              settings={comparison.settings}
              different={[]}
            />
          </tr>
          {comparison.others.map((other) => {
            const id = registryId(other.registry);
            return (
              <tr key={id} data-testid={`comparison-${other.registry.account}-${other.registry.region}`}>
                <th scope="row">
                  <span className={styles.choice}>
                    {changeable(other).length > 0 && (
                      <Checkbox
                        label={t("comparison.chooseRegistry", { place: nameOf(other.registry) })}
                        hideLabel
                        checked={!left.has(id)}
                        onChange={(on) => choose(id, on)}
                        data-testid={`equal-${other.registry.account}-${other.registry.region}`}
                      />
                    )}
                    <RegistryName registry={other.registry} />
                  </span>
                </th>
                <Other other={other} repository={repository.repository} onRefresh={onRefresh} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The settings of a namesake; or that it does not exist, or why it cannot be read. */
function Other({
  other: { registry, settings, different, problem },
  repository,
  onRefresh,
}: {
  other: ComparedSettings;
  repository: string;
  onRefresh: () => void;
}) {
  const { t } = useTranslation();
  if (settings) {
    return (
      <SettingCells registry={registry} repository={repository} settings={settings} different={different} />
    );
  }
  return (
    <td colSpan={SETTINGS.length}>
      {problem ? (
        <ErrorState error={problem} compact onRetry={onRefresh} />
      ) : (
        <>
          <p>{t("comparison.noRepository")}</p>
          <p className={styles.muted}>{t("comparison.noRepositoryText")}</p>
        </>
      )}
    </td>
  );
}
