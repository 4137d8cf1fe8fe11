import { registryId, repositoryId } from "../../api/keys";
import type { CleanUpCandidates, CleanUpRepository, CleanUpStatement, PlanRequest } from "../../api/types";

/** What was chosen to go, by key. */
export type Selection = ReadonlySet<string>;

/** The key of a statement in a selection. */
export function statementId({ key }: CleanUpStatement): string {
  return `${registryId(key.registry)}#${key.statement}`;
}

/** What is chosen at first: only what belongs to the rule, as the app found it. */
export function preselected(candidates: CleanUpCandidates): Selection {
  const { sourceRepositories, destinationRepositories, statements } = candidates;
  return new Set([
    ...[...sourceRepositories, ...destinationRepositories]
      .filter((each) => each.chosen)
      .map((each) => repositoryId(each.repository)),
    ...statements.filter((each) => each.chosen).map(statementId),
  ]);
}

/** The candidates with one repository of a destination as it was found when somebody looked into it. */
export function withLooked(candidates: CleanUpCandidates, looked: CleanUpRepository): CleanUpCandidates {
  const key = repositoryId(looked.repository);
  return {
    ...candidates,
    destinationRepositories: candidates.destinationRepositories.map((each) =>
      repositoryId(each.repository) === key ? looked : each,
    ),
  };
}

/** The selection with `key` in it or out of it. */
export function toggled(selection: Selection, key: string, on: boolean): Selection {
  const next = new Set(selection);
  if (on) next.add(key);
  else next.delete(key);
  return next;
}

/** The change that removes what was chosen. */
export function cleanUpRequest(
  candidates: CleanUpCandidates,
  rule: string | null,
  selection: Selection,
): PlanRequest {
  return {
    change: "cleanUp",
    source: candidates.source,
    rule,
    sourceRepositories: candidates.sourceRepositories
      .filter((each) => selection.has(repositoryId(each.repository)))
      .map((each) => each.repository.repository),
    destinationRepositories: candidates.destinationRepositories
      .filter((each) => selection.has(repositoryId(each.repository)))
      .map((each) => each.repository),
    statements: candidates.statements
      .filter((each) => selection.has(statementId(each)))
      .map((each) => each.key),
  };
}
