import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { ComparedSettings, RepositoryKey, SettingsComparison } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { visible } from "../../components/hidden";
import { ErrorState } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Comparison.module.css";
import { changeable, type LeftOut, SETTINGS } from "./differences";
import { SettingsRow } from "./SettingsRow";
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
          <SettingsRow
            head={
              <th scope="row">
                <RegistryName registry={repository.registry} />
                <div className={styles.muted}>{t("comparison.thisRepository")}</div>
              </th>
            }
            registry={repository.registry}
            repository={repository.repository}
            settings={comparison.settings}
            different={[]}
            data-testid="comparison-own"
          />
          {comparison.others.map((other) => {
            const id = registryId(other.registry);
            return (
              <Other
                key={id}
                other={other}
                repository={repository.repository}
                chosen={!left.has(id)}
                onChoose={(on) => choose(id, on)}
                onRefresh={onRefresh}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The settings of a namesake; or that it does not exist, or why it cannot be read. */
function Other({
  other,
  repository,
  chosen,
  onChoose,
  onRefresh,
}: {
  other: ComparedSettings;
  repository: string;
  chosen: boolean;
  onChoose: (on: boolean) => void;
  onRefresh: () => void;
}) {
  const { t } = useTranslation();
  const nameOf = usePlaceName();
  const { registry, settings, different, problem } = other;
  const place = `${registry.account}-${registry.region}`;
  const head = (
    <th scope="row">
      <span className={styles.choice}>
        {changeable(other).length > 0 && (
          <Checkbox
            label={t("comparison.chooseRegistry", { place: nameOf(registry) })}
            hideLabel
            checked={chosen}
            onChange={onChoose}
            data-testid={`equal-${place}`}
          />
        )}
        <RegistryName registry={registry} />
      </span>
    </th>
  );
  if (settings) {
    return (
      <SettingsRow
        head={head}
        registry={registry}
        repository={repository}
        settings={settings}
        different={different}
        data-testid={`comparison-${place}`}
      />
    );
  }
  return (
    <tr data-testid={`comparison-${place}`}>
      {head}
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
    </tr>
  );
}
