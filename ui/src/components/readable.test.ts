import { expect, test } from "vitest";
import { readable } from "./readable";

test("JSON shows what is hidden in it and keeps its value", () => {
  const value = { "a\u202e": "\u200b\u{e0041}\u007f é\n" };
  const text = readable(JSON.stringify(value));
  expect(text).toBe('{\n  "a\\u202e": "\\u200b\\udb40\\udc41\\u007f é\\n"\n}');
  expect(JSON.parse(text)).toEqual(value);
});

test("what is no JSON hides nothing either", () => {
  expect(readable("not\u001b[2J json\u202e")).toBe("not\\u001b[2J json\\u202e");
});
