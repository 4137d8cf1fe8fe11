import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, Finding, PlanView, Readiness, RegistryKey, ReplicationView } from "../../api/types";
import { managedDocument, managedPlan } from "../../test/demoOwners";
import { readinessCheck } from "../../test/demoReadiness";
import { finding } from "../../test/demoReplication";
import { dev, devWest, registry } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { groupFindings, withoutRegistry } from "./groups";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const MANY = 26;

/** Accounts of 26 destinations, each with a name. */
const accounts: Account[] = Array.from({ length: MANY }, (_, index) => ({
  ...dev,
  id: String(500_000_000_000 + index),
  name: `Team ${index + 1}`,
}));
const destinations = accounts.map(({ id }) => registry(id, "eu-west-1"));
const named = ({ account, region }: RegistryKey) =>
  `Team ${Number(account) - 500_000_000_000 + 1} (${account})/${region}`;

function missing(code: string, textOf: (where: RegistryKey) => string): Finding[] {
  return destinations.map((where, index) =>
    finding(code, `destinations[${index}]`, textOf(where), { severity: "warning", registry: where }),
  );
}

const handlers = { accounts: () => [dev, ...accounts] };

/** A registry whose only rule replicates to all of them. */
function replication(findings: Finding[]): ReplicationView {
  return {
    registry: devWest,
    document: "{}",
    destinationsUsed: MANY,
    findings: [],
    asOf: new Date().toISOString(),
    rules: [
      {
        id: "rule-1",
        sentence: "Every image is replicated.",
        destinations: destinations.map((where) => ({ registry: where, accountName: null })),
        filters: [],
        deleteReplication: false,
        ours: true,
        repositories: 1,
        findings,
        json: "{}",
      },
    ],
  };
}

const names = (box: HTMLElement) =>
  within(box)
    .getAllByTestId("same-registry")
    .map((each) => each.textContent);

describe("a finding that is the same for 26 destinations", () => {
  it("is one box of the rule's card, which names accounts and opens the list of all", async () => {
    const { user } = renderApp(`/replication?${WEST}`, {
      handlers: {
        ...handlers,
        replication: () =>
          replication(missing("destination-no-template", (to) => `${named(to)} has no creation template.`)),
      },
    });
    const box = await screen.findByTestId("finding-destination-no-template");
    expect(screen.getAllByTestId("finding-destination-no-template")).toHaveLength(1);
    expect(box).toHaveTextContent("Team 1 (500000000000)/eu-west-1 has no creation template.");
    expect(box).toHaveTextContent("The same for 25 others:");
    expect(names(box)).toEqual(["Team 2eu-west-1", "Team 3eu-west-1", "Team 4eu-west-1"]);
    const more = within(box).getByTestId("same-more");
    expect(more).toHaveTextContent("and 22 more");
    expect(more).toHaveAttribute("aria-expanded", "false");
    await user.click(more);
    expect(names(box)).toHaveLength(25);
    expect(within(box).getByRole("list", { name: "Registries" })).toHaveAttribute("tabindex", "0");
    // The button stays where it was, with the focus.
    expect(within(box).getByTestId("same-more")).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(names(box)).toHaveLength(3);
  });

  it("is one box with a link for each where a statement is missing", async () => {
    const { user } = renderApp(`/replication?${WEST}`, {
      handlers: {
        ...handlers,
        replication: () =>
          replication(missing("permission-missing", (to) => `${named(to)} does not allow this.`)),
      },
    });
    const box = await screen.findByTestId("lacking-permission-missing");
    expect(box).toHaveTextContent("26 destinations do not allow the account to replicate");
    expect(within(box).getAllByRole("link")).toHaveLength(3);
    expect(within(box).getByTestId("same-more")).toHaveTextContent("and 23 more");
    await user.click(within(box).getByTestId("same-more"));
    expect(within(box).getAllByRole("link")).toHaveLength(MANY);
  });

  it("is one box of a plan's review", async () => {
    const plan: PlanView = {
      ...managedPlan(managedDocument()),
      managed: [],
      findings: [
        ...missing("permission-missing", (to) => `${named(to)} does not allow this.`),
        finding("in-flight", null, "A replication in progress still completes.", { severity: "note" }),
      ],
    };
    const { user } = renderApp(`/replication?${WEST}`, { handlers: { ...handlers, plan: () => plan } });
    await user.click((await screen.findAllByTestId("rule-actions"))[0] as HTMLElement);
    await user.click(await screen.findByTestId("rule-menu-remove"));
    const dialog = await screen.findByTestId("dialog-plan");
    const box = await within(dialog).findByTestId("finding-permission-missing");
    expect(within(dialog).getAllByTestId(/^finding-/)).toHaveLength(2);
    expect(names(box)).toHaveLength(3);
    expect(box).toHaveTextContent("and 22 more");
  });

  it("is one check of the rule's readiness, with the fix of each destination", async () => {
    const readiness: Readiness = {
      ready: false,
      rules: [
        {
          rule: "rule-1",
          sentence: "Every image is replicated.",
          ready: false,
          checks: destinations.map((to) =>
            readinessCheck({
              id: "statement-missing",
              outcome: "failed",
              registry: to,
              text: `The policy of ${named(to)} does not allow Dev (${dev.id}) to replicate.`,
              fix: { kind: "add_statement", text: `Add it in ${named(to)}.`, plans: [], copy: to.account },
            }),
          ),
        },
      ],
    };
    const { user } = renderApp(`/replication/readiness?space=sandbox&${WEST}`, {
      handlers: { ...handlers, readiness: () => readiness },
    });
    const check = await screen.findByTestId("readiness-check");
    expect(check).toHaveTextContent("The same for 25 others:");
    // The summary counts what failed, and not the boxes.
    expect(screen.getByTestId("rule-summary")).toHaveTextContent("26 checks failed");
    expect(within(check).getAllByTestId("check-copy")).toHaveLength(4);
    await user.click(within(check).getByTestId("same-more"));
    expect(within(check).getAllByTestId("check-copy")).toHaveLength(MANY);
  });
});

describe("findings of several registries", () => {
  const [first, second] = destinations as [RegistryKey, RegistryKey];
  const nameOf = ({ account }: RegistryKey) => accounts.find(({ id }) => id === account)?.name;

  it.each([
    [(to: RegistryKey) => `${named(to)} lacks it.`],
    [({ account, region }: RegistryKey) => `${account} / ${region} lacks it.`],
    [(to: RegistryKey) => `${nameOf(to)} (${to.account}) in ${to.region} lacks it.`],
    [
      ({ account, region }: RegistryKey) =>
        `It may not write arn:aws:ecr:${region}:${account}:repository/prod*.`,
    ],
  ])("say the same in whatever way they name their registry (%#)", (textOf) => {
    expect(withoutRegistry(textOf(first), first, nameOf)).toBe(
      withoutRegistry(textOf(second), second, nameOf),
    );
  });

  it("are not put together when they say something else, or it is not known where", () => {
    const one = finding("lacks", null, `${named(first)} lacks a.`, { registry: first });
    const other = finding("lacks", null, `${named(second)} lacks b.`, { registry: second });
    const nowhere = finding("lacks", null, "Something lacks a.");
    expect(groupFindings([one, other, nowhere], nameOf)).toHaveLength(3);
    expect(groupFindings([nowhere, { ...nowhere, field: "filters[0]" }], nameOf)).toHaveLength(2);
    expect(groupFindings([one, one], nameOf)).toMatchObject([{ registries: [first] }]);
  });
});
