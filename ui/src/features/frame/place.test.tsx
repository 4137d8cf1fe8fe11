import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, AppStatus, PlanView, RunView } from "../../api/types";
import type { Handlers } from "../../platform/fake";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { endpointHost, placeOf } from "./place";

const ENDPOINT = "http://localhost:4566";
const VPC = "https://vpce-1.api.ecr.us-west-2.vpce.amazonaws.com";
const AT = "Custom endpoint: localhost:4566";
const aws = (account: Account, endpoint: string | null): Account => ({
  ...account,
  space: "aws",
  credentials: { source: "profile", profile: account.name.toLowerCase() },
  endpoint,
});
const WEST = { space: "aws", account: dev.id, region: "us-west-2" } as const;

const plan = (account: string): PlanView => ({
  id: "plan-1",
  hash: "hash-1",
  space: "aws",
  title: "Create repository",
  steps: [
    {
      text: "Create repository `new`",
      reason: null,
      registry: { ...WEST, account },
      before: null,
      after: null,
      diff: [],
      permissions: [],
      destructive: false,
    },
  ],
  stays: [],
  findings: [],
  confirm: null,
  bytesToMove: 0,
  bytesSaved: 0,
  at: new Date().toISOString(),
});

const run: RunView = {
  id: "run-1",
  space: "aws",
  title: "Create repository",
  state: "running",
  started: new Date().toISOString(),
  ended: null,
  steps: [{ text: "Create", state: "running", result: null, error: null, registry: WEST }],
  images: [],
  bytesMoved: 0,
  bytesTotal: 0,
  bytesSaved: 0,
  error: null,
  canCancel: false,
  canRetry: false,
  versions: [],
};

/** A window on the space of AWS. */
function open(address: string, accounts: Account[], handlers: Handlers = {}) {
  const status = {
    version: "0.1.0",
    configured: true,
    space: "aws",
    sandbox: { state: "unused" },
    keychain: { state: "available" },
    dataDirectory: "~",
    at: new Date().toISOString(),
  } satisfies AppStatus;
  return renderApp(address, {
    runs: [run],
    handlers: { status: () => status, accounts: () => accounts, plan: () => plan(dev.id), ...handlers },
  });
}

/** What is said of AWS itself; its programs and files are named after it everywhere. */
function saidOfAws() {
  const texts = [...document.querySelectorAll("*")].flatMap((element) => [
    ...[...element.childNodes].flatMap((node) => (node instanceof Text ? [node.data] : [])),
    ...["title", "aria-label"].flatMap((name) => element.getAttribute(name) ?? []),
  ]);
  return [document.title, ...texts].filter((text) => /\bAWS\b(?! (CLI|configuration))/.test(text));
}

it("a place is AWS only without a custom endpoint", () => {
  const at = (endpoint: string | null) => ({ endpoint });
  expect(placeOf("sandbox", [at(null)]).kind).toBe("sandbox");
  expect(placeOf("aws", []).kind).toBe("aws");
  expect(placeOf("aws", [at(null)]).kind).toBe("aws");
  expect(placeOf("aws", [at(ENDPOINT), at(ENDPOINT)])).toEqual({ kind: "custom", hosts: ["localhost:4566"] });
  expect(placeOf("aws", [at(ENDPOINT), at(null)]).kind).toBe("mixed");
  const vpcEndpoint = VPC;
  const by = (endpoint: string | null) => ({
    endpoint,
    hosts: { fips: false, dualStack: false, vpcEndpoints: { "us-west-2": vpcEndpoint } },
  });
  const before = vpcEndpoint.replace("vpce-1", "vpce-0");
  const vpc = { kind: "vpc", hosts: ["vpce-1.api.ecr.us-west-2.vpce.amazonaws.com"] };
  for (const asked of [null, vpcEndpoint, before]) expect(placeOf("aws", [by(asked)])).toEqual(vpc);
  expect(placeOf("aws", [by(null), at(null)])).toEqual({ kind: "aws", hosts: [] });
  // A Region without a VPC endpoint is reached at AWS's usual host.
  const shown = (...regions: string[]) => placeOf("aws", [{ ...by(null), regions }]).kind;
  expect([shown("us-west-2"), shown("us-west-2", "eu-west-1")]).toEqual(["vpc", "aws"]);
  expect(placeOf("aws", [by(null), at(ENDPOINT)])).toEqual({ kind: "mixed", hosts: ["localhost:4566"] });
  // What the environment or the profile names comes before the VPC endpoint.
  expect(placeOf("aws", [by(ENDPOINT)])).toEqual({ kind: "custom", hosts: ["localhost:4566"] });
  expect(placeOf("aws", [at(vpcEndpoint)]).kind).toBe("custom");
  expect(endpointHost("https://vpce.example.com/ecr")).toBe("vpce.example.com");
  expect(endpointHost("nonsense")).toBe("nonsense");
});

const both = [aws(dev, ENDPOINT), aws(prod, ENDPOINT)];
const search = `space=aws&account=%22${dev.id}%22&region=us-west-2`;
/** Screens that name the space, and the way to what names it on them. */
const screens: Record<string, { address: string; way?: string[]; shown: string }> = {
  overview: { address: "/overview", shown: "page-overview" },
  "the menu of spaces": { address: "/overview", way: ["space-switch"], shown: "space-menu" },
  accounts: { address: "/settings?tab=accounts", shown: `account-${dev.id}` },
  "the dialog that removes an account": {
    address: "/settings?tab=accounts",
    way: [`account-remove-${dev.id}`],
    shown: "dialog-remove-account",
  },
  "the dialog that edits an account": {
    address: "/settings?tab=accounts",
    way: [`account-edit-${dev.id}`],
    shown: "dialog-edit-account",
  },
  "the dialog that creates a repository": {
    address: "/images",
    way: ["create-repository"],
    shown: "dialog-create-repository",
  },
  "the run drawer": { address: "/overview", way: ["run-drawer-toggle"], shown: "run-drawer-body" },
  "the rule wizard": { address: `/replication/edit?${search}`, shown: "page-rule-wizard" },
  "the engine wizard": { address: `/replication/engine?${search}`, shown: "page-engine-wizard" },
  "clean-up": { address: `/replication/clean-up?${search}&rule=rule-1`, shown: "page-clean-up" },
};

describe.each(Object.entries(screens))("%s", (_, { address, way = [], shown }) => {
  it("calls a custom endpoint by its host and never AWS", async () => {
    const { user } = open(address, both);
    for (const id of way) await user.click(await screen.findByTestId(id));
    await screen.findByTestId(shown);
    await waitFor(() => expect(document.title).toBe(`Longshore · ${AT}`));
    expect(screen.getAllByTestId("space-custom").length).toBeGreaterThan(0);
    expect(saidOfAws()).toEqual([]);
  });
});

describe("a space with AWS and a custom endpoint", () => {
  const accounts = [aws(dev, ENDPOINT), aws(prod, null)];

  it("says both until an account is chosen", async () => {
    const { user } = open("/overview", accounts);
    const bar = await screen.findByTestId("space-switch");
    await waitFor(() => expect(bar).toHaveAccessibleName("Space: AWS and a custom endpoint"));
    expect(within(bar).getByTestId("space-mixed")).toHaveAttribute(
      "title",
      expect.stringContaining("localhost:4566"),
    );
    await user.click(screen.getByTestId("scope-account-switch"));
    await user.click(await screen.findByTestId(`scope-account-${dev.id}`));
    await waitFor(() => expect(bar).toHaveAccessibleName(`Space: ${AT}`));
    await user.click(screen.getByTestId("scope-account-switch"));
    await user.click(await screen.findByTestId(`scope-account-${prod.id}`));
    await waitFor(() => expect(bar).toHaveAccessibleName("Space: AWS"));
  });

  const plans: [string, string, string][] = [
    [dev.id, "space-custom", "This plan runs at the custom endpoint localhost:4566."],
    [prod.id, "space-aws", "This plan runs in AWS."],
  ];
  it.each(plans)("confirms a plan of %s where it runs", async (account, badge, sentence) => {
    const { user } = open("/images", accounts, { plan: () => plan(account) });
    await user.click(await screen.findByTestId("create-repository"));
    await user.type(await screen.findByTestId("create-name"), "new");
    await user.click(screen.getByTestId("dialog-create-repository-review"));
    const dialog = await screen.findByTestId("dialog-plan");
    expect(await within(dialog).findByTestId("plan-body")).toHaveTextContent(sentence);
    expect(within(dialog).getByTestId(badge)).toBeVisible();
  });

  it("counts a VPC endpoint as AWS, and names it", async () => {
    const hosts = { fips: false, dualStack: false, vpcEndpoints: { "us-west-2": VPC } };
    const inVpc = { ...aws(prod, VPC), hosts, regions: ["us-west-2"] };
    const { user } = open("/images", [aws(dev, ENDPOINT), inVpc], { plan: () => plan(prod.id) });
    const bar = await screen.findByTestId("space-switch");
    await waitFor(() => expect(bar).toHaveAccessibleName("Space: AWS and a custom endpoint"));
    await user.click(screen.getByTestId("scope-account-switch"));
    await user.click(await screen.findByTestId(`scope-account-${prod.id}`));
    await waitFor(() => expect(bar).toHaveAccessibleName("Space: AWS · VPC endpoint"));
    await user.click(screen.getByTestId("create-repository"));
    await user.type(await screen.findByTestId("create-name"), "new");
    await user.click(screen.getByTestId("dialog-create-repository-review"));
    const dialog = await screen.findByTestId("dialog-plan");
    expect(await within(dialog).findByTestId("plan-body")).toHaveTextContent(
      "This plan runs in AWS, through a VPC endpoint.",
    );
    expect(within(dialog).queryByTestId("space-custom")).toBeNull();
  });

  it("marks the account with the endpoint, and only that", async () => {
    open("/settings?tab=accounts", accounts);
    const row = await screen.findByTestId(`account-${dev.id}`);
    expect(within(row).getByTestId("space-custom")).toHaveTextContent(AT);
    expect(within(row).getByTestId("space-custom")).toHaveAttribute("title", ENDPOINT);
    expect(within(screen.getByTestId(`account-${prod.id}`)).queryByTestId("space-custom")).toBeNull();
  });
});
