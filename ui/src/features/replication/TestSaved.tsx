import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { RegistryKey } from "../../api/types";
import { Unread } from "../../components/States";
import { TestRule } from "../readiness/TestRule";

/** Tests the rule that a wizard has just saved, found by its content because it has a new id. */
export function TestSaved({
  registry,
  destinations,
  prefixes,
}: {
  registry: RegistryKey;
  destinations: readonly RegistryKey[];
  prefixes: readonly string[];
}) {
  const read = useQuery({
    queryKey: keys.replication(registry),
    queryFn: () => api.replication(registry),
    // The rules that were read before have changed.
    refetchOnMount: "always",
  });
  const saved = read.data?.rules.find(
    (rule) =>
      sameSet(
        rule.destinations.map((each) => registryId(each.registry)),
        destinations.map(registryId),
      ) && sameSet(rule.filters, prefixes),
  );
  return saved ? <TestRule registry={registry} rule={saved.id} /> : <Unread read={read} />;
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.every((each) => other.includes(each)) && other.every((each) => one.includes(each));
}
