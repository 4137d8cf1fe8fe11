import type { CostView } from "../../api/types";

/** An amount with its currency, to the cent; what is not known stays unknown. */
export function amount(value: number | null, currency: string): string | null {
  if (value === null) return null;
  const digits = value !== 0 && Math.abs(value) < 0.01 ? 4 : 2;
  return `${value.toFixed(digits)} ${currency}`;
}

/** `2026-11` of the first day of a month. */
export function month(day: string): string {
  return day.slice(0, 7);
}

/** A word of a comma-separated file. */
function word(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What the screen shows, as rows of comma-separated values. */
export function csv({ repositories, replicated, prices }: CostView): string {
  const rows = [
    [
      "repository",
      "images",
      "bytes",
      "archived_bytes",
      "per_month",
      "grown_per_30_days",
      "currency",
      "prices_as_of",
    ],
    ...repositories.map((row) => [
      row.repository,
      row.images,
      row.bytes,
      row.archived,
      row.perMonth,
      row.growth?.per30Days ?? null,
      prices.currency,
      prices.asOf,
    ]),
  ];
  const months = [
    ["repository", "destination", "month", "images", "bytes", "gb_months", "transfer", "storage"],
    ...replicated.map((row) => [
      row.repository,
      row.destination,
      month(row.month),
      row.images,
      row.bytes,
      row.gbMonths,
      row.transfer,
      row.storage,
    ]),
  ];
  const lines = (table: (string | number | null)[][]) =>
    table.map((row) => row.map(word).join(",")).join("\n");
  return replicated.length > 0 ? `${lines(rows)}\n\n${lines(months)}\n` : `${lines(rows)}\n`;
}
