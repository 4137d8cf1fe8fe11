import { describe, expect, it } from "vitest";
import { bandwidthAt, stepOf, UNLIMITED } from "./bandwidth";

describe("the bandwidth slider", () => {
  it("goes from 64 kB to 1 GB a second and ends at no limit", () => {
    expect(bandwidthAt(0)).toBe(64_000);
    expect(bandwidthAt(UNLIMITED - 1)).toBe(1_000_000_000);
    expect(bandwidthAt(UNLIMITED)).toBeNull();
    expect(stepOf(null)).toBe(UNLIMITED);
  });

  it("grows by the same factor with each step and finds its way back", () => {
    for (let step = 0; step < UNLIMITED; step++) {
      const here = bandwidthAt(step) ?? 0;
      expect(stepOf(here)).toBe(step);
      const next = bandwidthAt(step + 1);
      if (next !== null) expect(next / here).toBeCloseTo(1.1, 0);
    }
  });

  it("shows a limit from elsewhere at the nearest step", () => {
    expect(stepOf(1)).toBe(0);
    expect(stepOf(1e12)).toBe(UNLIMITED - 1);
  });
});
