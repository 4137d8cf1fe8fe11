import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { RegistryKey } from "../../api/types";
import { Unread } from "../../components/States";
import { WriteRequestButton } from "../requests/WriteRequest";

/** Writes a request for the statement that a rule needs of a destination, once the rule has been read. */
export function RequestStatement({
  source,
  rule: id,
  destination,
}: {
  source: RegistryKey;
  /** The rule's id. */
  rule: string;
  destination: RegistryKey;
}) {
  const read = useQuery({ queryKey: keys.replication(source), queryFn: () => api.replication(source) });
  const rule = read.data?.rules.find((each) => each.id === id);
  // Without the rule's prefixes the request would ask for every repository.
  if (!rule) return <Unread read={read} />;
  return (
    <WriteRequestButton
      needed={{ destination, accounts: [source.account], prefixes: rule.filters }}
      data-testid="check-request"
    />
  );
}
