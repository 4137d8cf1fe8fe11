import type { TFunction } from "i18next";
import { useMemo } from "react";
import type { Account, RegistryKey, Space } from "../../api/types";
import { useKnownAccounts } from "./scope";

/** Where accounts are: in the sandbox, in AWS, at custom endpoints, or in AWS and at custom endpoints. */
export interface Place {
  kind: "sandbox" | "aws" | "custom" | "mixed";
  /** The hosts of the custom endpoints. */
  hosts: string[];
}

/** The place of some accounts of a space. An account with a custom endpoint is never in AWS. */
export function placeOf(space: Space, accounts: readonly Pick<Account, "endpoint">[]): Place {
  if (space === "sandbox") return { kind: "sandbox", hosts: [] };
  const endpoints = accounts.flatMap(({ endpoint }) => (endpoint === null ? [] : [endpointHost(endpoint)]));
  const hosts = [...new Set(endpoints)];
  if (hosts.length === 0) return { kind: "aws", hosts };
  return { kind: endpoints.length === accounts.length ? "custom" : "mixed", hosts };
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
