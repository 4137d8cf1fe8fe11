import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { Finding, RegistryKey, RuleView } from "../../api/types";
import { Findings, Notice } from "../../components/Findings";
import { ScrollList } from "../../components/ScrollList";
import { RegistryName } from "../frame/RegistryName";
import { useAccountOf } from "../frame/scope";
import { WriteRequestButton } from "../requests/WriteRequest";
import styles from "./Replication.module.css";

// Findings that are the same for each destination, so that they are shown once for all of them.
const OF_DESTINATIONS = ["permission-missing", "permission-insufficient", "permission-unseen"] as const;
type DestinationCode = (typeof OF_DESTINATIONS)[number];

function destinationOf(rule: RuleView, { field }: Finding): RegistryKey | undefined {
  const index = /^destinations\[(\d+)\]/.exec(field ?? "")?.[1];
  return index === undefined ? undefined : rule.destinations[Number(index)]?.registry;
}

/** The findings about a rule; a finding for several destinations is shown once, with an action for each. */
export function RuleFindings({ registry, rule }: { registry: RegistryKey; rule: RuleView }) {
  const groups = OF_DESTINATIONS.map((code) => ({
    code,
    destinations: rule.findings
      .filter((finding) => finding.code === code)
      .flatMap((finding) => destinationOf(rule, finding) ?? []),
  })).filter(({ destinations }) => destinations.length > 0);
  const grouped = (finding: Finding) =>
    OF_DESTINATIONS.includes(finding.code as DestinationCode) && destinationOf(rule, finding) !== undefined;
  return (
    <>
      {groups.map(({ code, destinations }) => (
        <LackingDestinations
          key={code}
          code={code}
          source={registry}
          destinations={destinations}
          prefixes={rule.filters}
        />
      ))}
      <Findings findings={rule.findings.filter((finding) => !grouped(finding))} />
    </>
  );
}

/** Destinations that do not allow the source's account to replicate, each with a link to add the statement. */
export function LackingDestinations({
  code,
  source,
  destinations,
  prefixes,
}: {
  code: DestinationCode;
  source: RegistryKey;
  destinations: readonly RegistryKey[];
  prefixes: readonly string[];
}) {
  const { t } = useTranslation();
  return (
    <div data-testid={`lacking-${code}`}>
      <Notice severity={code === "permission-unseen" ? "note" : "warning"}>
        <p>{t(`replication.lacking.${code}`, { count: destinations.length })}</p>
        <ScrollList label={t("replication.destinations")} className={styles.lacking}>
          {destinations.map((destination) => (
            <Lacking
              key={registryId(destination)}
              unseen={code === "permission-unseen"}
              source={source}
              destination={destination}
              prefixes={prefixes}
            />
          ))}
        </ScrollList>
      </Notice>
    </div>
  );
}

function Lacking({
  unseen,
  source,
  destination,
  prefixes,
}: {
  /** The destination's policy could not be read. */
  unseen: boolean;
  source: RegistryKey;
  destination: RegistryKey;
  prefixes: readonly string[];
}) {
  const { t } = useTranslation();
  const known = useAccountOf(destination);
  const { account, region } = destination;
  return (
    <li className={styles.lackingOne}>
      <RegistryName registry={destination} />
      {known && (
        <Link
          to="/permissions"
          search={{ account, region, from: source.account, prefixes: [...prefixes] }}
          data-testid={`add-statement-${account}-${region}`}
        >
          {t("replication.addStatement")}
        </Link>
      )}
      {(!known || unseen) && (
        <WriteRequestButton
          needed={{ destination, accounts: [source.account], prefixes }}
          data-testid={`write-request-${account}-${region}`}
        />
      )}
    </li>
  );
}
