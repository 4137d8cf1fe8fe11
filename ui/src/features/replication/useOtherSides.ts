import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { OtherSide, RegistryKey, RuleInput } from "../../api/types";
import type { RuleForm } from "./ruleForm";

/** The statements that the destinations need, and which of them are written with the rule. */
export interface OtherSides {
  read: UseQueryResult<OtherSide[]>;
  adding: RegistryKey[];
}

/** Checks a rule's destinations just before they are shown. */
export function useOtherSides(form: RuleForm, rule: RuleInput, wanted: boolean): OtherSides {
  const { allRepositories, createRepository } = form;
  const read = useQuery({
    queryKey: [...keys.otherSides, rule, allRepositories, createRepository],
    queryFn: () => api.checkOtherSide({ rule, allRepositories, createRepository }),
    enabled: wanted,
    gcTime: 60_000,
  });
  const adding = (read.data ?? [])
    .filter((side) => side.canAdd && needsStatement(side) && form.adding.includes(registryId(side.registry)))
    .map((side) => side.registry);
  return { read, adding };
}

/** Destinations that lack a statement which is not written with the rule. */
export function leftOut(sides: OtherSides): OtherSide[] {
  return (sides.read.data ?? []).filter(
    (side) => needsStatement(side) && !sides.adding.includes(side.registry),
  );
}

/** Whether a destination lacks a statement. */
export function needsStatement(side: OtherSide): boolean {
  return side.state === "missing" || side.state === "insufficient" || side.state === "cannotBeSeen";
}
