import { describe, expect, it } from "vitest";
import { diffLines } from "./diff";

const marks = { same: " ", added: "+", removed: "-" } as const;
const show = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => marks[kind] + text);

describe("the difference between two documents", () => {
  it("is nothing for equal ones", () => {
    expect(show("a\nb", "a\nb")).toEqual([" a", " b"]);
  });

  it("keeps what both have and puts removed lines before added ones", () => {
    expect(show("{\n  old\n}", "{\n  new\n}")).toEqual([" {", "-  old", "+  new", " }"]);
  });

  it("finds lines that stay between changes", () => {
    expect(show("a\nx\nb\ny\nc", "a\nb\nz\nc")).toEqual([" a", "-x", " b", "-y", "+z", " c"]);
  });

  it("takes an absent document as empty", () => {
    expect(show("", "a\nb\n")).toEqual(["+a", "+b"]);
    expect(show("a", "")).toEqual(["-a"]);
  });

  it("gives back both documents", () => {
    const before = "one\ntwo\nthree\nfour\nfive";
    const after = "zero\ntwo\nfour\nfive\nsix\nseven";
    const lines = diffLines(before, after);
    const without = (kind: string) =>
      lines
        .filter((line) => line.kind !== kind)
        .map((line) => line.text)
        .join("\n");
    expect(without("added")).toBe(before);
    expect(without("removed")).toBe(after);
  });

  it("does not compare very long documents pair by pair", () => {
    const many = (word: string) => Array.from({ length: 3000 }, (_, index) => `${word}${index}`).join("\n");
    const lines = diffLines(many("a"), many("b"));
    expect(lines).toHaveLength(6000);
    expect(lines[0]).toEqual({ kind: "removed", text: "a0" });
  });
});
