import { registryId, repositoryId } from "../../api/keys";
import type { CleanUpCandidates, CleanUpRepository, CleanUpStatement, PlanRequest } from "../../api/types";

/** The items selected for deletion, by key. */
export type Selection = ReadonlySet<string>;

/** The key of a statement in a selection. */
export function statementId({ key }: CleanUpStatement): string {
  return `${registryId(key.registry)}#${key.statement}`;
}

/** The initial selection: only the items that belong to the rule, as the app found them. */
export function preselected(candidates: CleanUpCandidates): Selection {
  const { sourceRepositories, destinationRepositories, statements } = candidates;
  return new Set([
    ...[...sourceRepositories, ...destinationRepositories]
      .filter((each) => each.chosen)
      .map((each) => repositoryId(each.repository)),
    ...statements.filter((each) => each.chosen).map(statementId),
  ]);
}

/** The candidates with one destination repository replaced by the result of checking it. */
export function withLooked(candidates: CleanUpCandidates, looked: CleanUpRepository): CleanUpCandidates {
  const key = repositoryId(looked.repository);
  return {
    ...candidates,
    destinationRepositories: candidates.destinationRepositories.map((each) =>
      repositoryId(each.repository) === key ? looked : each,
    ),
  };
}

/** The selection with `key` added or removed. */
export function toggled(selection: Selection, key: string, on: boolean): Selection {
  const next = new Set(selection);
  if (on) next.add(key);
  else next.delete(key);
  return next;
}

/** The change that deletes the selected items. */
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
