import type { Account, RegistryKey, Space } from "../../../api/types";

/** The registries of a space that a search leaves: a row for each account, a column for each Region. */
export interface Grid {
  rows: { account: Account; regions: ReadonlySet<string> }[];
  regions: string[];
}

/** Whether two keys name the same registry. */
export function isSame(one: RegistryKey, other: RegistryKey): boolean {
  return one.space === other.space && one.account === other.account && one.region === other.region;
}

/** Every word of `text` is in the account's name or number or in the Region. */
export function gridOf(accounts: readonly Account[], text: string): Grid {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = accounts.flatMap((account) => {
    const regions = account.regions.filter((region) => {
      const all = `${account.name} ${account.id} ${region}`.toLowerCase();
      return words.every((word) => all.includes(word));
    });
    return regions.length > 0 ? [{ account, regions: new Set(regions) }] : [];
  });
  const regions = [...new Set(rows.flatMap((row) => [...row.regions]))].toSorted();
  return { rows, regions };
}

/** The shown registries of one account, of one Region, or all of them. */
export function registriesIn(
  grid: Grid,
  space: Space,
  only: { account?: string; region?: string } = {},
): RegistryKey[] {
  return grid.rows
    .filter(({ account }) => only.account === undefined || only.account === account.id)
    .flatMap(({ account, regions }) =>
      [...regions]
        .filter((region) => only.region === undefined || only.region === region)
        .map((region) => ({ space, account: account.id, region })),
    );
}

/** How many of `some` are chosen. */
export function stateOf(
  some: readonly RegistryKey[],
  chosen: readonly RegistryKey[],
): "all" | "some" | "none" {
  const count = some.filter((each) => chosen.some((known) => isSame(known, each))).length;
  if (count === 0) return "none";
  return count === some.length ? "all" : "some";
}

/** `chosen` with or without `some`; each once. */
export function toggled(
  chosen: readonly RegistryKey[],
  some: readonly RegistryKey[],
  on: boolean,
): RegistryKey[] {
  const others = chosen.filter((known) => !some.some((each) => isSame(known, each)));
  return on ? [...others, ...some] : others;
}
