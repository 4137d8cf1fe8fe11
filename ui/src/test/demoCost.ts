import type { CostView, WhatIfView } from "../api/types";
import type { Handlers } from "../platform/fake";
import { prod } from "./demoWorld";

const list = {
  as_of: "2026-03-15",
  currency: "USD",
  source: "Public prices",
  every_region: { storage: 0.1, archive: 0.1, to_another_region: null },
};

/** What the registries of the demo cost. */
export function demoCost(more: Partial<CostView> = {}): CostView {
  return {
    prices: {
      asOf: "2026-03-15",
      currency: "USD",
      source: "Public prices",
      text: JSON.stringify(list, null, 2),
    },
    perMonth: 1.83,
    repositories: [
      {
        repository: "prod-microservice",
        images: 20,
        bytes: 12_400_000_000,
        archived: 0,
        perMonth: 1.15,
        growth: { since: "2026-11-01", bytes: 2_100_000_000, per30Days: 2_300_000_000 },
        problem: null,
      },
      {
        repository: "dev-microservice",
        images: 12,
        bytes: 6_300_000_000,
        archived: 1_000_000_000,
        perMonth: 0.68,
        growth: null,
        problem: null,
      },
    ],
    replicated: ["2026-10-01", "2026-11-01", "2026-12-01"].map((month, index) => ({
      repository: "prod-microservice",
      destination: `${prod.id}/us-west-2`,
      month,
      images: 4 + index,
      bytes: 900_000_000 * (index + 1),
      gbMonths: 1.25 * (index + 1),
      transfer: 0,
      storage: 0.125 * (index + 1),
    })),
    replicatedProblem: null,
    ...more,
  };
}

export function costHandlers(): Handlers {
  return {
    cost: () => demoCost(),
    what_if_cost: (): WhatIfView => ({
      expired: 0,
      expiredBytes: 0,
      archived: 6,
      archivedBytes: 3_200_000_000,
      spared: 1,
      before: 1.15,
      after: 1.15,
      currency: "USD",
    }),
  };
}
