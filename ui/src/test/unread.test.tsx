import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ImageWindow, Overview, OverviewRegistry, RepositoryWindow } from "../api/types";
import { en } from "../i18n/en";
import { apiError, type Handlers } from "../platform/fake";
import { cleanUpCandidates } from "./demoReplication";
import { dev, digest, prod, prodWest, registry } from "./demoWorld";
import { emptyShown, emptyTexts } from "./emptyTexts";
import { renderApp } from "./renderApp";
import { settled } from "./settled";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const REPOSITORY = `/images/repository?space=sandbox&${WEST}&repository=prod-microservice`;

/** Every screen that shows something of a registry. */
const screens = {
  overview: "/overview",
  images: "/images",
  repository: REPOSITORY,
  image: `${REPOSITORY}&image=${digest("prod-microservice19")}`,
  search: "/search?q=micro",
  replication: `/replication?${WEST}`,
  "recent images": `/replication?${WEST}&tab=recent`,
  readiness: `/replication/readiness?space=sandbox&${WEST}`,
  "readiness of all rules": "/replication/readiness/all",
  backfills: `/replication?${WEST}&tab=backfills`,
  templates: `/replication?${WEST}&tab=templates`,
  rule: `/replication/rule?space=sandbox&${WEST}&rule=rule-1`,
  "clean-up": `/replication/clean-up?space=sandbox&${WEST}&rule=rule-1`,
  paths: "/promotion",
  "the record": "/promotion?tab=record",
  board: "/promotion/board?space=sandbox&path=shop",
  "the promotion of one image": `/promotion/image?space=sandbox&${WEST}&repository=prod-microservice`,
  permissions: `/permissions?${WEST}`,
  cost: "/cost",
};

const unreachable = apiError("network", "No answer from the registry.", { side: "service" });
const refuse = () => {
  throw unreachable;
};

const everywhere = [dev, prod].flatMap(({ id, name, colour, regions }) =>
  regions.map((region) => ({ registry: registry(id, region), accountName: name, colour })),
);

function overview(more: Pick<OverviewRegistry, "problem">): Overview {
  const nothing = { repositories: null, images: null, failed: 0, inProgress: 0, asOf: null };
  return { links: [], registries: everywhere.map((each) => ({ ...each, ...nothing, ...more })) };
}

const noRows = { total: 0, offset: 0, rows: [], asOf: null, unread: 0 };

/** An answer that takes for ever. */
const wait = () => new Promise(() => undefined);

/** What the application knows of registries that it has not read. */
const unread: Handlers = {
  overview: () => overview({ problem: null }),
  repositories: (): RepositoryWindow => ({ ...noRows, problems: [] }),
  images: (): ImageWindow => ({ ...noRows, problem: null }),
  search: () => ({ total: 0, hits: [] }),
  recent_replications: () => [],
  policy: wait,
  cost: wait,
  readiness: wait,
  backfills: wait,
  templates: wait,
  clean_up: wait,
  owner: wait,
  paths: wait,
  board: wait,
  promotion_holds: wait,
  promotions: wait,
};

/** The same for registries that it could never read. */
const unreadable: Handlers = {
  ...unread,
  overview: () => overview({ problem: unreachable }),
  repositories: (): RepositoryWindow => ({
    ...noRows,
    problems: everywhere.map((each) => ({ registry: each.registry, error: unreachable })),
  }),
  images: (): ImageWindow => ({ ...noRows, problem: unreachable }),
  replication: refuse,
  readiness: refuse,
  backfills: refuse,
  templates: refuse,
  policy: refuse,
  owner: refuse,
  paths: refuse,
  board: refuse,
  promotion_holds: refuse,
  promotions: refuse,
  clean_up: () => ({
    ...cleanUpCandidates,
    destinationRepositories: [],
    statements: [],
    problems: [{ registry: prodWest, error: unreachable }],
  }),
};

// What is kept on this computer can be said to be empty; so can what was read, if it is called that.
const { images, overview: overviewTexts, replication, permissions, cleanup, promotion, frame } = en;
const { readiness, backfill, templates, paths, board, record } = en;
const CLAIMS = emptyTexts({
  images,
  overviewTexts,
  replication,
  permissions,
  cleanup,
  promotion,
  frame,
  readiness,
  backfill,
  templates,
  paths,
  board,
  record,
});
// What runs is known without reading, and what appears somewhere later is no claim.
const TRUE: readonly string[] = [overviewTexts.nothingRuns, replication.recent.noneText];
const claims = () => emptyShown(CLAIMS).filter((text) => !text.includes("so far") && !TRUE.includes(text));

describe.each(Object.entries(screens))("%s", (name, address) => {
  it.each(Object.entries({ unread, unreadable }))(
    "does not say that there is nothing in an %s registry",
    async (_, handlers) => {
      renderApp(address, { handlers });
      await screen.findByTestId("run-drawer");
      await settled();
      expect(claims()).toEqual([]);
      expect(document.body).not.toHaveTextContent(/\b0 (images|repositories)\b/);
      // The rules are read when they are shown.
      if (name !== "search" && name !== "replication") {
        const waits = screen.queryAllByRole("status", { name: en.common.loading });
        const said = screen.queryAllByText(/No answer from|not been read|Not read yet|so far|not known/);
        expect([...waits, ...said]).not.toHaveLength(0);
      }
    },
  );
});

it("a registry that was read and is empty is called empty", async () => {
  const asOf = new Date().toISOString();
  renderApp("/images", { handlers: { repositories: () => ({ ...noRows, asOf, problems: [] }) } });
  expect(await screen.findByText(images.none)).toBeVisible();
});

it("a scope is not called empty while one of its registries was not read yet", async () => {
  const asOf = new Date().toISOString();
  renderApp("/images", { handlers: { repositories: () => ({ ...noRows, asOf, unread: 1, problems: [] }) } });
  expect(await screen.findByTestId("repositories-unread")).toBeVisible();
  expect(screen.getByTestId("repository-count")).toHaveTextContent("1 registry not read yet");
  expect(screen.queryByText(images.none)).not.toBeInTheDocument();
});

it("a repository that was read and is empty is called empty", async () => {
  const asOf = new Date().toISOString();
  renderApp(REPOSITORY, { handlers: { images: () => ({ ...noRows, asOf, problem: null }) } });
  expect(await screen.findByText(images.detail.none)).toBeVisible();
});

it.each([
  [null, 0],
  [new Date().toISOString(), 1],
])("no number of repositories is said of registries that cannot be read (as of %j)", async (asOf, unread) => {
  const problems = [{ registry: prodWest, error: unreachable }];
  renderApp("/images", { handlers: { repositories: () => ({ ...noRows, asOf, unread, problems }) } });
  await screen.findByTestId("registry-problems");
  expect(screen.getByTestId("repository-count")).not.toHaveTextContent(/repositor/);
});

it("the images of one registry are not missing because another one cannot be read", async () => {
  const problems = [{ registry: prodWest, error: unreachable }];
  renderApp("/images", {
    handlers: {
      repositories: (): RepositoryWindow => ({ ...noRows, asOf: new Date().toISOString(), problems }),
    },
  });
  expect(await screen.findByTestId("registry-problems")).toHaveTextContent(
    "1 registry cannot be read, so its repositories are not known.",
  );
  expect(screen.queryByText(images.none)).not.toBeInTheDocument();
});

it("hundreds of registries that cannot be read leave room for the repositories", async () => {
  const far = Array.from({ length: 300 }, (_, n) => registry(String(700000000000 + n), "us-west-2"));
  const problems = far.map((registry) => ({ registry, error: unreachable }));
  const { user } = renderApp("/images", {
    handlers: {
      repositories: (): RepositoryWindow => ({ ...noRows, asOf: new Date().toISOString(), problems }),
    },
  });
  const box = await screen.findByTestId("registry-problems");
  expect(box).toHaveTextContent("300 registries cannot be read");
  expect(within(box).getAllByRole("listitem")).toHaveLength(3);
  await user.click(screen.getByRole("button", { name: "Show all 300" }));
  expect(within(box).getAllByRole("listitem")).toHaveLength(300);
  await user.click(screen.getByRole("button", { name: "Show fewer" }));
  expect(within(box).getAllByRole("listitem")).toHaveLength(3);
});

it("a registry whose images were not read is not said to have none", async () => {
  const read = {
    ...overview({ problem: null }).registries[0],
    repositories: 7,
    asOf: new Date().toISOString(),
  };
  renderApp("/overview", { handlers: { overview: () => ({ links: [], registries: [read] }) } });
  const cell = await screen.findByTestId(`overview-${dev.id}-us-west-2`);
  expect(cell).toHaveTextContent("7 repositories");
  expect(cell).toHaveTextContent("Images not read yet");
  expect(cell).not.toHaveTextContent("0 images");
});
