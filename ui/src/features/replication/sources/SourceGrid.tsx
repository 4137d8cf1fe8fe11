import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account, RegistryKey } from "../../../api/types";
import { ColourDot } from "../../../components/Badge";
import { Checkbox } from "../../../components/Checkbox";
import { SearchField } from "../../../components/SearchField";
import { gridOf, isSame, registriesIn, stateOf, toggled } from "./grid";
import styles from "./Sources.module.css";

/** Accounts that are shown at once; a search shows the others. */
const MOST_ROWS = 40;

/** Accounts in rows and Regions in columns: one registry, all of an account, or all of a Region at once. */
export function SourceGrid({
  accounts,
  first,
  chosen,
  onChange,
}: {
  accounts: readonly Account[];
  /** The registry of the page, which always has the rule. */
  first: RegistryKey;
  chosen: readonly RegistryKey[];
  onChange: (chosen: RegistryKey[]) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const found = gridOf(accounts, text);
  const grid = { ...found, rows: found.rows.slice(0, MOST_ROWS) };
  const hidden = found.rows.length - grid.rows.length;
  const { space } = first;
  const box = (label: string, some: RegistryKey[], testId: string, hideLabel = false) => {
    const state = stateOf(some, chosen);
    return (
      <Checkbox
        label={label}
        hideLabel={hideLabel}
        checked={state === "all"}
        indeterminate={state === "some"}
        onChange={(on) => onChange(toggled(chosen, some, on))}
        disabled={some.length === 1 && some.every((each) => isSame(each, first))}
        data-testid={testId}
      />
    );
  };
  return (
    <div className={styles.choice}>
      <SearchField
        label={t("replication.wizard.sources.search")}
        value={text}
        onChange={setText}
        onKeyDown={(event) => {
          // It is inside a form whose button goes to the next step.
          if (event.key === "Enter") event.preventDefault();
        }}
        data-testid="sources-search"
      />
      {grid.rows.length === 0 ? (
        <p className={styles.muted}>{t("replication.wizard.sources.none")}</p>
      ) : (
        <div className={styles.scroll}>
          <table className={styles.grid} data-testid="sources-grid">
            <thead>
              <tr>
                <th scope="col">
                  {box(t("replication.wizard.sources.all"), registriesIn(grid, space), "sources-all")}
                </th>
                {grid.regions.map((region) => (
                  <th key={region} scope="col">
                    {box(region, registriesIn(grid, space, { region }), `sources-region-${region}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {grid.rows.map(({ account, regions }) => (
                <tr key={account.id}>
                  <th scope="row" title={account.id}>
                    <span className={styles.account}>
                      <ColourDot colour={account.colour} />
                      {box(
                        account.name,
                        registriesIn(grid, space, { account: account.id }),
                        `sources-account-${account.id}`,
                      )}
                    </span>
                  </th>
                  {grid.regions.map((region) => (
                    <td key={region}>
                      {regions.has(region) &&
                        box(
                          `${account.name} / ${region}`,
                          [{ space, account: account.id, region }],
                          `source-${account.id}-${region}`,
                          true,
                        )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hidden > 0 && (
        <p className={styles.muted}>{t("replication.wizard.sources.hidden", { count: hidden })}</p>
      )}
    </div>
  );
}
