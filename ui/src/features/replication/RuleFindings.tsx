import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { Finding, RegistryKey, RuleView } from "../../api/types";
import { Notice } from "../../components/Findings";
import { PlacedFindings } from "../findings/PlacedFindings";
import { Shortened } from "../findings/Shortened";
import { RegistryName } from "../frame/RegistryName";
import { useAccountOf } from "../frame/scope";
import { StatedPermissions } from "../requests/Stated";
import { WriteRequestButton } from "../requests/WriteRequest";
import styles from "./Replication.module.css";

// Findings that are the same for each destination, so that they are shown once for all of them.
const OF_DESTINATIONS = ["permission-missing", "permission-insufficient", "permission-unseen"] as const;
type DestinationCode = (typeof OF_DESTINATIONS)[number];

/** The findings about a rule; a finding for several destinations is shown once, with an action for each. */
export function RuleFindings({ registry, rule }: { registry: RegistryKey; rule: RuleView }) {
  const groups = OF_DESTINATIONS.map((code) => ({
    code,
    destinations: rule.findings.flatMap((finding) => (finding.code === code && finding.registry) || []),
  })).filter(({ destinations }) => destinations.length > 0);
  const grouped = (finding: Finding) =>
    OF_DESTINATIONS.includes(finding.code as DestinationCode) && finding.registry !== undefined;
  return (
    <>
      <StatedPermissions destinations={rule.destinations} />
      {groups.map(({ code, destinations }) => (
        <LackingDestinations
          key={code}
          code={code}
          source={registry}
          destinations={destinations}
          prefixes={rule.filters}
        />
      ))}
      <PlacedFindings findings={rule.findings.filter((finding) => !grouped(finding))} />
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
        <Shortened label={t("replication.destinations")} items={destinations}>
          {(destination) => (
            <Lacking
              key={registryId(destination)}
              unseen={code === "permission-unseen"}
              source={source}
              destination={destination}
              prefixes={prefixes}
            />
          )}
        </Shortened>
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
