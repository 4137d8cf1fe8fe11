import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { CompareSettings } from "../../api/types";
import { apiError } from "../../platform/fake";
import { comparedAt, lifecycle, settingsOf } from "../../test/demoComparison";
import { demoRuns } from "../../test/demoRuns";
import { dev, devWest, links, prod, prodWest, registry } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { related } from "./differences";

const WEST = `space=sandbox&account=%22${dev.id}%22&region=us-west-2`;
const RULE = `/replication/rule?${WEST}&rule=rule-1`;
const REPOSITORY = `/images/repository?${WEST}&repository=prod-microservice`;
const NAME = "prod-microservice";

type App = ReturnType<typeof renderApp>;

async function onRule(options: Parameters<typeof renderApp>[1] = {}): Promise<App> {
  const app = renderApp(RULE, options);
  await screen.findByTestId("comparison-table");
  return app;
}

async function dialog(options: Parameters<typeof renderApp>[1] = {}): Promise<App> {
  const app = renderApp(REPOSITORY, options);
  await app.user.click(await screen.findByTestId("repository-actions"));
  await app.user.click(await screen.findByTestId("repository-menu-compare"));
  await screen.findByTestId("comparison-table");
  return app;
}

const cell = (place: string, setting: string) =>
  within(screen.getByTestId(`comparison-${place}`)).getByTestId(`setting-${setting}`);

const PROD_WEST = `${prod.id}-us-west-2`;

describe("the settings of a repository that a rule replicates", () => {
  it("are asked for at the rule's destinations, and what differs says so in words", async () => {
    const { last } = await onRule();
    expect(last("compare_settings")).toEqual({
      repository: { registry: devWest, repository: NAME },
      with: [prodWest],
    });
    expect(cell(PROD_WEST, "tagMutability")).toHaveTextContent("mutableDiffers");
    expect(cell(PROD_WEST, "scanOnPush")).toHaveTextContent(/^on$/);
    expect(screen.getByTestId("rule-settings")).toHaveTextContent(
      "Replication does not carry these settings",
    );
  });

  it("are shown at once when the rule takes one repository only, and otherwise once one is chosen", async () => {
    const { user, last } = renderApp(RULE.replace("rule-1", "rule-2"));
    const field = await screen.findByTestId("settings-repository");
    expect(field).toHaveValue("");
    expect(screen.getByText(/^Choose a repository/)).toBeVisible();
    await user.type(field, "nothing-like-it");
    expect(await screen.findByText("The rule does not match this repository.")).toBeVisible();
    expect(last("compare_settings")).toBeUndefined();
    await user.clear(field);
    await user.type(field, "dev-microservice");
    const missing = await screen.findByTestId(`comparison-${dev.id}-eu-west-1`);
    expect(missing).toHaveTextContent("No such repository");
    expect(last("compare_settings")).toMatchObject({ repository: { repository: "dev-microservice" } });
  });
});

describe("“Make equal…”", () => {
  it("plans what differs, without the encryption, which is explained", async () => {
    const { user, last } = await onRule();
    await user.click(await screen.findByTestId("make-equal"));
    const plan = await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({
      change: "makeEqual",
      repository: { registry: devWest, repository: NAME },
      with: [prodWest],
      settings: ["tagMutability", "lifecyclePolicy"],
    });
    expect(within(plan).getByTestId("plan-run")).toHaveTextContent("Make settings equal");
    expect(screen.getByTestId("comparison-encryption")).toHaveTextContent("cannot be changed");
  });

  it("plans only the chosen settings and registries", async () => {
    const { user, last } = await dialog({
      handlers: {
        compare_settings: ({ with: others }: CompareSettings) => ({
          settings: settingsOf(),
          others: others.map((each, index) => ({
            ...comparedAt(prodWest),
            registry: each,
            different: index === 0 ? ["tagMutability", "scanOnPush"] : ["scanOnPush"],
          })),
        }),
      },
    });
    await user.click(screen.getByTestId("equal-scanOnPush"));
    await user.click(screen.getByTestId("make-equal"));
    await screen.findByTestId("dialog-plan");
    // The registry in which nothing else differs is left out too.
    expect(last("plan")).toMatchObject({ with: [prodWest], settings: ["tagMutability"] });
    await user.click(screen.getByTestId("plan-back"));
    await user.click(await screen.findByTestId(`equal-${PROD_WEST}`));
    expect(screen.getByTestId("make-equal")).toBeDisabled();
  });

  it("shows a refused plan, and can be tried again", async () => {
    const failing = new Set<string>(["plan"]);
    const { user } = await onRule({ failing });
    await user.click(await screen.findByTestId("make-equal"));
    const card = screen.getByTestId("rule-settings");
    expect(await within(card).findByTestId("error-state")).toBeVisible();
    failing.clear();
    await user.click(screen.getByTestId("make-equal"));
    expect(await screen.findByTestId("dialog-plan")).toBeVisible();
  });

  it("is not offered where nothing differs, which is said", async () => {
    await onRule({
      handlers: {
        compare_settings: ({ with: others }: CompareSettings) => ({
          settings: settingsOf(),
          others: others.map((each) => ({
            registry: each,
            settings: settingsOf(),
            different: [],
            problem: null,
          })),
        }),
      },
    });
    expect(await screen.findByTestId("comparison-equal")).toBeVisible();
    expect(screen.queryByTestId("make-equal")).not.toBeInTheDocument();
  });
});

describe("the settings of a repository in other registries", () => {
  it("tell a repository that does not exist from one that cannot be read", async () => {
    const { user } = await dialog();
    const missing = screen.getByTestId(`comparison-${dev.id}-eu-west-1`);
    expect(missing).toHaveTextContent("No such repository");
    await user.click(screen.getByTestId("compare-add"));
    await user.click(await screen.findByTestId(`compare-add-${prod.id}-us-east-2`));
    const unread = await screen.findByTestId(`comparison-${prod.id}-us-east-2`);
    expect(within(unread).getByTestId("error-state")).toHaveTextContent("refused the read");
    expect(unread).not.toHaveTextContent("No such repository");
    expect(screen.queryByTestId("comparison-equal")).not.toBeInTheDocument();
  });

  it("show a lifecycle policy on request, with nothing hidden in it, and copy its own bytes", async () => {
    const { user } = await dialog();
    const own = screen.getByTestId("comparison-own");
    expect(own).toHaveTextContent("1 rule");
    expect(screen.queryByTestId("lifecycle-policy")).not.toBeInTheDocument();
    await user.click(within(own).getByTestId("policy-show"));
    const policy = screen.getByTestId("lifecycle-policy");
    expect(policy).toHaveTextContent('"description": "keep \\u202eten"');
    await user.click(screen.getByTestId("lifecycle-policy-copy"));
    expect(await navigator.clipboard.readText()).toBe(lifecycle);
    expect(cell(PROD_WEST, "lifecyclePolicy")).toHaveTextContent("noneDiffers");
  });

  it("are read again when a run has ended", async () => {
    const { platform } = await dialog();
    const asked = () => platform.calls.filter((call) => call.command === "compare_settings").length;
    const before = asked();
    const run = demoRuns().find((each) => each.state === "done");
    act(() => platform.emit({ event: "run", run: run as never }));
    await waitFor(() => expect(asked()).toBe(before + 1));
  });

  it("that are gone say so", async () => {
    const app = renderApp(REPOSITORY, {
      handlers: {
        compare_settings: () => {
          throw apiError("repository-not-found", "There is no repository `prod-microservice`.");
        },
      },
    });
    await app.user.click(await screen.findByTestId("repository-actions"));
    await app.user.click(await screen.findByTestId("repository-menu-compare"));
    const error = await screen.findByTestId("error-state");
    expect(error).toHaveAttribute("data-code", "repository-not-found");
  });
});

describe("the registries beside a repository", () => {
  it.each([
    ["a source that two rules take", devWest, NAME, [prodWest, registry(dev.id, "eu-west-1")]],
    ["a source that one rule takes", devWest, "billing", [registry(dev.id, "eu-west-1")]],
    ["a destination", prodWest, NAME, [devWest]],
    ["a destination whose filter does not match", prodWest, "billing", []],
  ])("are those of %s", (_, where, repository, expected) => {
    expect(related({ registry: where, repository }, links)).toEqual(expected);
  });
});
