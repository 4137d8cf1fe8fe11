import type { DiffLine } from "../api/types";

// Above this many compared pairs the table of the longest common subsequence costs more than it is worth.
const MOST_PAIRS = 4_000_000;

/** The difference between two texts, line by line, including unchanged lines. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = lines(before);
  const new_ = lines(after);
  let start = 0;
  while (start < old.length && start < new_.length && old[start] === new_[start]) start++;
  let end = 0;
  while (
    end < old.length - start &&
    end < new_.length - start &&
    old[old.length - 1 - end] === new_[new_.length - 1 - end]
  ) {
    end++;
  }
  return [
    ...old.slice(0, start).map((text): DiffLine => ({ kind: "same", text })),
    ...middle(old.slice(start, old.length - end), new_.slice(start, new_.length - end)),
    ...old.slice(old.length - end).map((text): DiffLine => ({ kind: "same", text })),
  ];
}

function lines(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

function middle(old: string[], new_: string[]): DiffLine[] {
  const removed = old.map((text): DiffLine => ({ kind: "removed", text }));
  const added = new_.map((text): DiffLine => ({ kind: "added", text }));
  if (old.length === 0 || new_.length === 0 || old.length * new_.length > MOST_PAIRS) {
    return [...removed, ...added];
  }
  const width = new_.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row--) {
    for (let column = new_.length - 1; column >= 0; column--) {
      common[row * width + column] =
        old[row] === new_[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const result: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length || column < new_.length) {
    const left = old[row];
    const right = new_[column];
    if (left !== undefined && left === right) {
      result.push({ kind: "same", text: left });
      row++;
      column++;
    } else if (left !== undefined && (right === undefined || at(row + 1, column) >= at(row, column + 1))) {
      result.push({ kind: "removed", text: left });
      row++;
    } else if (right !== undefined) {
      result.push({ kind: "added", text: right });
      column++;
    }
  }
  return result;
}
