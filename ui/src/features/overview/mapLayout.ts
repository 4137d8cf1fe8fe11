import { registryId } from "../../api/keys";
import type { Overview, OverviewLink, RegistryKey } from "../../api/types";

/** Sizes of the map in pixels. Fixed, so that lines can be drawn without measuring. */
export const MAP = {
  label: 132,
  header: 32,
  cellWidth: 208,
  cellHeight: 78,
  gapX: 28,
  gapY: 40,
  margin: 16,
} as const;

/** The positions of accounts (rows) and Regions (columns). */
export interface MapLayout {
  accounts: { id: string; name: string; colour: string }[];
  regions: string[];
  width: number;
  height: number;
}

/** Rows and columns, in the order of the accounts and their Regions. */
export function layOut(overview: Overview): MapLayout {
  const accounts: MapLayout["accounts"] = [];
  const regions: string[] = [];
  for (const { registry, accountName, colour } of overview.registries) {
    if (!accounts.some((each) => each.id === registry.account)) {
      accounts.push({ id: registry.account, name: accountName, colour });
    }
    if (!regions.includes(registry.region)) regions.push(registry.region);
  }
  return {
    accounts,
    regions,
    width: MAP.label + regions.length * (MAP.cellWidth + MAP.gapX) + MAP.margin,
    height: MAP.header + accounts.length * (MAP.cellHeight + MAP.gapY),
  };
}

/** The top left corner of a registry's cell. */
export function cellAt(layout: MapLayout, registry: RegistryKey): { x: number; y: number } | null {
  const row = layout.accounts.findIndex((each) => each.id === registry.account);
  const column = layout.regions.indexOf(registry.region);
  if (row < 0 || column < 0) return null;
  return {
    x: MAP.label + column * (MAP.cellWidth + MAP.gapX),
    y: MAP.header + row * (MAP.cellHeight + MAP.gapY),
  };
}

/** The line of a rule from cell to cell; null if one of them is not on the map. */
export function linePath(layout: MapLayout, link: OverviewLink): string | null {
  const from = cellAt(layout, link.source);
  const to = cellAt(layout, link.destination);
  if (!from || !to || registryId(link.source) === registryId(link.destination)) return null;
  const middle = MAP.cellWidth / 2;
  if (from.y === to.y) {
    // Within an account: an arc under the row, where it crosses no other cell.
    const direction = Math.sign(to.x - from.x);
    const bottom = from.y + MAP.cellHeight;
    const start = from.x + middle + direction * 24;
    const end = to.x + middle - direction * 24;
    const depth = bottom + MAP.gapY * 0.9;
    return `M ${start} ${bottom} C ${start} ${depth}, ${end} ${depth}, ${end} ${bottom + 3}`;
  }
  const down = to.y > from.y;
  const startY = down ? from.y + MAP.cellHeight : from.y;
  const endY = down ? to.y - 3 : to.y + MAP.cellHeight + 3;
  // Lines in both directions between the same two cells are drawn side by side.
  const shift = down ? -12 : 12;
  const bend = (down ? 1 : -1) * MAP.gapY * 0.8;
  const startX = from.x + middle + shift;
  const endX = to.x + middle + shift;
  return `M ${startX} ${startY} C ${startX} ${startY + bend}, ${endX} ${endY - bend}, ${endX} ${endY}`;
}
