/**
 * The current document with the statements of another one after its own. Nothing is compared or joined:
 * that is for the check that follows. Null when one of them is no policy.
 */
export function mergeStatements(current: string | null, added: string): string | null {
  const policy = parse(current ?? '{"Version":"2012-10-17","Statement":[]}');
  const other = parse(added);
  if (!policy || !other) return null;
  const merged = { ...policy, Statement: [...list(policy.Statement), ...list(other.Statement)] };
  return JSON.stringify(merged, null, 2);
}

function parse(text: string): { Statement: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "Statement" in value
      ? (value as { Statement: unknown })
      : null;
  } catch {
    return null;
  }
}

// A policy with one statement may hold it without a list.
function list(statements: unknown): unknown[] {
  return Array.isArray(statements) ? statements : [statements];
}
