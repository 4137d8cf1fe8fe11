import type {
  AppliedPaths,
  ApplyPaths,
  Board,
  BoardCell,
  BoardRow,
  HoldView,
  PathRow,
  PathStage,
  PromotionHolds,
} from "../api/types";
import type { Handlers } from "../platform/fake";
import { dev, digest, prod } from "./demoWorld";

const HOUR = 3_600_000;

/** A time some hours ago. */
export const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();

export const build = (service: string, version: string) => digest(`${service} ${version}`);

export function pathStage(more: Partial<PathStage> & Pick<PathStage, "name">): PathStage {
  return {
    from: null,
    registries: [`${dev.id}/us-west-2`],
    replicated: [],
    environment: null,
    gates: [],
    approvals: 0,
    ...more,
  };
}

/** The path of the demo: three stages, the last in two Regions with gates. */
export const shop: PathRow = {
  space: "sandbox",
  name: "shop",
  services: [],
  stages: [
    pathStage({ name: "dev" }),
    pathStage({ name: "staging", from: "dev", gates: ["minimum_age"] }),
    pathStage({
      name: "production",
      from: "staging",
      registries: [`${prod.id}/us-west-2`, `${prod.id}/eu-west-1`],
      environment: "production",
      gates: ["minimum_age", "tag_scheme", "labels", "freeze", "approvals"],
      approvals: 1,
    }),
  ],
  hash: "5b1c0ffee",
  changed: ago(30),
};

export const shopText = `paths:
  - name: shop
    stages:
      - { name: dev, registry: ${dev.id}/us-west-2, repositories: "dev-{service}" }
      - name: staging
        registry: ${dev.id}/us-west-2
        repositories: "staging-{service}"
        gates: [{ minimum_age: 1h }]
      - name: production
        registries: [${prod.id}/us-west-2, ${prod.id}/eu-west-1]
        repositories: "prod-{service}"
        gates: [{ minimum_age: 1d }, { tag_scheme: semver }, { approvals: 1 }]
`;

export function boardCell(more: Partial<BoardCell> & Pick<BoardCell, "stage">): BoardCell {
  return {
    digest: null,
    tag: null,
    since: null,
    firstSeen: false,
    by: null,
    behind: null,
    drift: [],
    hold: null,
    block: null,
    differing: [],
    ...more,
  };
}

function cell(service: string, stage: string, tag: string, hours: number, more: Partial<BoardCell> = {}) {
  return boardCell({ stage, tag, digest: build(service, tag), since: ago(hours), by: "alice", ...more });
}

/** The rows of the demo's board: one of each state. */
export const boardRows: BoardRow[] = [
  {
    service: "api",
    cells: [
      cell("api", "dev", "1.5.0", 2, { by: null }),
      cell("api", "staging", "1.4.2", 26, { behind: 1 }),
      cell("api", "production", "1.4.0", 200, {
        behind: 2,
        hold: "Held by alice since yesterday: rolled back after errors at checkout.",
      }),
    ],
  },
  {
    service: "cart",
    cells: [
      cell("cart", "dev", "2.0.1", 5, { by: null, firstSeen: true }),
      cell("cart", "staging", "2.0.1", 4, { behind: 0 }),
      cell("cart", "production", "2.0.0", 90, {
        behind: 1,
        drift: [
          {
            place: `${prod.id}/eu-west-1 prod-cart`,
            tag: "2.0.0",
            recorded: build("cart", "2.0.0"),
            found: build("cart", "1.9.9"),
          },
        ],
        differing: [`${prod.id}/eu-west-1 has another build.`],
      }),
    ],
  },
  {
    service: "mail",
    cells: [
      cell("mail", "dev", "0.9.0", 50, { by: null }),
      cell("mail", "staging", "0.8.0", 70, { behind: 1, block: "Blocked by bob: CVE-2026-12345." }),
      boardCell({ stage: "production" }),
    ],
  },
  {
    service: "search",
    cells: [
      cell("search", "dev", "3.1.0", 7, { by: null }),
      cell("search", "staging", "3.1.0", 6, { behind: 0 }),
      boardCell({ stage: "production", differing: [`${prod.id}/us-west-2 cannot be read.`] }),
    ],
  },
];

export const demoBoard = (rows = boardRows): Board => ({
  path: "shop",
  stages: shop.stages.map(({ name }) => name),
  rows,
  more: 0,
  at: ago(0),
});

const hold: HoldView = {
  path: "shop",
  stage: "production",
  service: "api",
  by: "alice",
  at: ago(20),
  reason: "rolled back after errors at checkout",
};

export const demoHolds = (): PromotionHolds => ({
  holds: [hold],
  blocks: [{ digest: build("mail", "0.8.0"), by: "bob", at: ago(40), reason: "CVE-2026-12345" }],
});

/** A text is wrong where it says so. */
function applyPaths({ text }: ApplyPaths): AppliedPaths {
  const line = text.split("\n").findIndex((each) => each.includes("wrong"));
  if (line < 0) return { paths: [{ name: "shop", change: "changed" }], findings: [] };
  return {
    paths: [],
    findings: [
      {
        line: line + 1,
        column: 5,
        finding: {
          code: "path-gate",
          severity: "error",
          text: "`wrong` is not a gate.",
          hint: "Correct it as the text says.",
          field: null,
        },
      },
    ],
  };
}

/** Paths, boards, holds and blocks of the demo. */
export function promotionHandlers(): Handlers {
  return {
    paths: () => [shop],
    path: () => ({ name: "shop", text: shopText }),
    apply_paths: applyPaths,
    remove_path: () => null,
    board: () => demoBoard(),
    board_row: () => boardRows[0],
    promotion_holds: demoHolds,
    hold_stage: demoHolds,
    resume_stage: demoHolds,
    block_build: demoHolds,
    unblock_build: demoHolds,
    external_gates: () => [
      {
        stage: "production",
        call: ["./smoke-test", "--stage", "production"],
        seconds: 60,
        hash: "9f3c".repeat(16),
        trusted: false,
      },
    ],
    trust_gate: () => [],
  };
}
