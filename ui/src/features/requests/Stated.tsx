import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { DestinationView, Severity, StatedPermission } from "../../api/types";
import { Notice } from "../../components/Findings";
import { visible } from "../../components/hidden";
import { Prose } from "../../components/Prose";
import { Ago } from "../../components/Values";
import { Shortened } from "../findings/Shortened";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Requests.module.css";

/** What requests and receipts say about a destination. */
type State = "refused" | "partly" | "waiting" | "applied";

interface Row {
  destination: DestinationView;
  stated: StatedPermission;
}

const STATES = ["refused", "partly", "waiting", "applied"] as const satisfies readonly State[];

const severities: Record<State, Severity> = {
  refused: "warning",
  partly: "warning",
  waiting: "note",
  applied: "note",
};

/** A receipt says *applied* of its request, which may be less than the rule needs by now. */
function stateOf({ receipt, missing }: StatedPermission): State {
  if (missing.length === 0) return "applied";
  if (receipt === null) return "waiting";
  return receipt.outcome === "refused" ? "refused" : "partly";
}

/** The answers of administrators to requests for a rule, once for all destinations with the same answer. */
export function StatedPermissions({ destinations }: { destinations: readonly DestinationView[] }) {
  const rows = destinations.flatMap((destination): Row[] =>
    destination.stated ? [{ destination, stated: destination.stated }] : [],
  );
  return STATES.map((state) => (
    <OfState key={state} state={state} rows={rows.filter(({ stated }) => stateOf(stated) === state)} />
  ));
}

function OfState({ state, rows }: { state: State; rows: readonly Row[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <div data-testid={`stated-${state}`}>
      <Notice severity={severities[state]}>
        <p>{t(`requests.stated.${state}`, { count: rows.length })}</p>
        <Shortened label={t("replication.destinations")} items={rows}>
          {(row) => <One key={registryId(row.destination.registry)} row={row} />}
        </Shortened>
      </Notice>
    </div>
  );
}

/** One destination: when its administrator answered, by which receipt, and what is missing. */
function One({ row: { destination, stated } }: { row: Row }) {
  const { t } = useTranslation();
  const { registry } = destination;
  const { receipt, request, requested, missing, seen } = stated;
  return (
    <li className={styles.stated} data-testid={`stated-${registry.account}-${registry.region}`}>
      <RegistryName registry={registry} />
      <span>
        {receipt ? (
          <>
            {t(`requests.check.outcome.${receipt.outcome}`)} <Ago at={receipt.applied} />{" "}
            <Prose text={t("requests.stated.receipt", { request })} />
          </>
        ) : (
          <>
            <Prose text={t("requests.stated.request", { request })} /> <Ago at={requested} />
          </>
        )}
        {receipt?.principal && (
          <>
            {" "}
            {t("requests.stated.by")} <code>{visible(receipt.principal)}</code>
          </>
        )}
      </span>
      {receipt && (
        <span className={styles.muted} data-testid="stated-seen" data-seen={seen}>
          {t(seen ? "requests.stated.seen" : "requests.stated.unseen")}
        </span>
      )}
      {receipt && receipt.outcome !== "refused" && !receipt.asRequested && (
        <span className={styles.muted}>{t("requests.stated.otherwise")}</span>
      )}
      {missing.length > 0 && !seen && (
        <span className={styles.text} data-testid="stated-missing">
          {t("requests.stated.missing")} <Prose text={missing.join(", ")} />
        </span>
      )}
    </li>
  );
}
