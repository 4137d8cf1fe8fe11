import type { TFunction } from "i18next";
import { useMemo } from "react";
import type { Account, RegistryKey, Space } from "../../api/types";
import { useKnownAccounts } from "./scope";

/** Where accounts are: in the sandbox, in AWS (by VPC endpoints or not), at custom endpoints, or in both. */
export interface Place {
  kind: "sandbox" | "aws" | "vpc" | "custom" | "mixed";
  /** The hosts of the custom endpoints; of the VPC endpoints where all accounts use one. */
  hosts: string[];
}

type Located = Pick<Account, "endpoint" | "hosts"> & { regions?: readonly string[] };

/** The place of some accounts of a space. An account with a custom endpoint is never in AWS. */
export function placeOf(space: Space, accounts: readonly Located[]): Place {
  if (space === "sandbox") return { kind: "sandbox", hosts: [] };
  const vpcs = accounts.map((account) => (isInVpc(account) ? vpcEndpointsOf(account) : []));
  const customs = accounts.flatMap((account) => customEndpointOf(account) ?? []);
  const hostsOf = (endpoints: string[]) => [...new Set(endpoints.map(endpointHost))];
  if (customs.length > 0) {
    return { kind: customs.length === accounts.length ? "custom" : "mixed", hosts: hostsOf(customs) };
  }
  const isVpc = vpcs.length > 0 && vpcs.every((addresses) => addresses.length > 0);
  return isVpc ? { kind: "vpc", hosts: hostsOf(vpcs.flat()) } : { kind: "aws", hosts: [] };
}

/** The VPC endpoints that an account uses. A custom endpoint of the environment or the profile comes first. */
export function vpcEndpointsOf(account: Located): string[] {
  return customEndpointOf(account) === null ? Object.values(account.hosts?.vpcEndpoints ?? {}) : [];
}

/** Whether every Region of an account that is shown has a VPC endpoint. */
function isInVpc({ regions = [], hosts }: Located): boolean {
  return regions.every((region) => hosts?.vpcEndpoints[region] !== undefined);
}

// The endpoint is the one that was last asked, which may be the VPC endpoint of now or of before.
const VPC = /^https:\/\/vpce-[^/]+\.vpce\.amazonaws\.com(\.cn)?(\/|$)/;

function customEndpointOf({ endpoint, hosts }: Located): string | null {
  const hasVpc = Object.keys(hosts?.vpcEndpoints ?? {}).length > 0;
  return endpoint !== null && hasVpc && VPC.test(endpoint) ? null : endpoint;
}

/** The place of the registries that something is about; of the whole space if it names none. */
export function usePlace(space: Space, registries: readonly Pick<RegistryKey, "account">[] = []): Place {
  const known = useKnownAccounts();
  const ids = [...new Set(registries.map(({ account }) => account))].join(" ");
  return useMemo(() => {
    const accounts = known.filter((each) => each.space === space);
    const named = ids === "" ? [] : ids.split(" ");
    const found = named.map((id) => accounts.find((each) => each.id === id) ?? { endpoint: null });
    return placeOf(space, named.length > 0 ? found : accounts);
  }, [known, space, ids]);
}

/** A place in a few words. */
export function placeText({ kind, hosts }: Place, t: TFunction): string {
  return t(`frame.place.${kind}`, { count: hosts.length, host: hosts[0] ?? "" });
}

/** The host and port of an endpoint. */
export function endpointHost(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
}
