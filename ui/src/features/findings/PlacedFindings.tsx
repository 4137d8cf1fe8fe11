import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Finding, RegistryKey } from "../../api/types";
import { Findings } from "../../components/Findings";
import styles from "./Findings.module.css";
import { groupFindings } from "./groups";
import { RegistryNames } from "./Shortened";
import { useNameOf } from "./useNameOf";

/** Findings in which what is the same for several registries is one box that names them. */
export function PlacedFindings({
  findings,
  actionOf,
}: {
  findings: readonly Finding[];
  /** The actions for a finding. */
  actionOf?: (finding: Finding) => ReactNode;
}) {
  const groups = groupFindings(findings, useNameOf());
  const registriesOf = new Map(groups.map(({ first, registries }) => [first, registries]));
  return (
    <Findings
      findings={groups.map(({ first }) => first)}
      actionOf={(finding) => (
        <>
          <SameFor registries={registriesOf.get(finding)?.slice(1) ?? []} />
          {actionOf?.(finding)}
        </>
      )}
    />
  );
}

/** The other registries for which something is the same. */
export function SameFor({ registries }: { registries: readonly RegistryKey[] }) {
  const { t } = useTranslation();
  if (registries.length === 0) return null;
  return (
    <div className={styles.same} data-testid="same-for">
      <span>{t("findings.sameFor", { count: registries.length })}</span>
      <RegistryNames registries={registries} />
    </div>
  );
}
