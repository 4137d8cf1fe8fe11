import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RegistryKey } from "../../api/types";
import { Unread } from "../../components/States";
import { WriteRequestButton } from "../requests/WriteRequest";
import type { ExaminedRule } from "./readinessText";

/** Writes a request for the statement that a rule needs of a destination, once the rule is known. */
export function RequestStatement({
  source,
  rule,
  destination,
}: {
  source: RegistryKey;
  rule: NonNullable<ExaminedRule>;
  destination: RegistryKey;
}) {
  const read = useQuery({
    queryKey: keys.replication(source),
    queryFn: () => api.replication(source),
    enabled: !rule.planned,
  });
  const prefixes = rule.planned?.filters ?? read.data?.rules.find((each) => each.id === rule.id)?.filters;
  // Without the rule's prefixes the request would ask for every repository.
  if (!prefixes) return <Unread read={read} />;
  return (
    <WriteRequestButton
      needed={{ destination, accounts: [source.account], prefixes }}
      data-testid="check-request"
    />
  );
}
