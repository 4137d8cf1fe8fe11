import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { blankRun } from "../../test/blank";
import { cleanUpCandidates } from "../../test/demoReplication";
import { dev, devWest, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { cleanUpRequest, preselected, toggled } from "./selection";

const PAGE = `/replication/clean-up?space=sandbox&account=%22${dev.id}%22&region=us-west-2&rule=rule-1`;

describe("what is cleaned up", () => {
  it("is at first only what belongs to the rule", () => {
    expect(cleanUpRequest(cleanUpCandidates, "rule-1", preselected(cleanUpCandidates))).toEqual({
      change: "cleanUp",
      source: devWest,
      rule: "rule-1",
      sourceRepositories: ["dev-microservice", "prod-microservice"],
      destinationRepositories: [],
      statements: [{ registry: prodWest, statement: "statement-1" }],
    });
  });

  it("is changed one by one", () => {
    const first = preselected(cleanUpCandidates);
    const [key] = first;
    expect(toggled(first, key ?? "", false).has(key ?? "")).toBe(false);
    expect(first.has(key ?? "")).toBe(true);
  });
});

describe("the clean-up wizard", () => {
  it("says what stays, plans what was chosen, and asks for the typed name", async () => {
    const { user, last } = renderApp(PAGE, {
      handlers: {
        plan: (request: unknown) => ({
          id: "plan-1",
          hash: "hash-1",
          space: "sandbox",
          title: "Clean up",
          steps: [
            {
              text: "Remove the rule from Dev / us-west-2",
              reason: null,
              registry: devWest,
              before: null,
              after: null,
              diff: [],
              permissions: [],
              destructive: true,
            },
          ],
          stays: [`asked: ${Object.keys(request as object).length}`],
          findings: [],
          confirm: "Prod",
          bytesToMove: 0,
          bytesSaved: 0,
          at: new Date().toISOString(),
        }),
        run_plan: () => ({ run: "run-1" }),
        run: () => blankRun({ title: "Clean up", state: "cancelled", canRetry: true }),
      },
    });
    const step = await screen.findByTestId("cleanup-step-choose");
    expect(within(step).getByTestId("cleanup-source-dev-microservice")).toBeChecked();
    const unrelated = within(step).getByTestId("cleanup-source-billing");
    expect(unrelated).not.toBeChecked();
    expect(within(step).getByText(/created by Longshore, but not for this rule/)).toBeVisible();
    expect(within(step).getByTestId("cleanup-source-prod-microservice-old")).not.toBeChecked();
    const replicas = within(step).getByTestId("cleanup-destination-prod-microservice");
    expect(replicas).not.toBeChecked();
    expect(within(step).getByText("2 other images and the repository will be kept.")).toBeVisible();
    expect(within(step).getByText("Keeps access for 777788889999.")).toBeVisible();
    await user.click(replicas);
    await user.click(within(step).getByTestId("cleanup-source-dev-microservice"));
    await user.click(screen.getByTestId("cleanup-plan"));
    await screen.findByTestId("plan-body");
    expect(last("plan")).toMatchObject({
      rule: "rule-1",
      sourceRepositories: ["prod-microservice"],
      destinationRepositories: [{ registry: prodWest, repository: "prod-microservice" }],
    });
    expect(screen.getByTestId("cleanup-run")).toBeDisabled();
    await user.type(screen.getByTestId("confirm-typed"), "Prod");
    await user.click(screen.getByTestId("cleanup-run"));
    expect(last("run_plan")).toEqual({ plan: "plan-1", hash: "hash-1", confirm: "Prod" });
    await user.click(await screen.findByTestId("cleanup-again"));
    expect(await screen.findByTestId("plan-body")).toBeVisible();
    await waitFor(() => expect(screen.getByTestId("confirm-typed")).toBeVisible());
  });

  it("checks a repository with too many images only on request", async () => {
    const { user, last } = renderApp(PAGE);
    const big = await screen.findByTestId("cleanup-destination-prod-microservice-old");
    expect(big).toHaveAttribute("aria-disabled", "true");
    await user.click(screen.getByTestId("cleanup-look-prod-microservice-old"));
    await screen.findByText(/19,998 replicated images will be deleted/);
    expect(last("look_into_clean_up")).toEqual({
      source: devWest,
      repository: { registry: prodWest, repository: "prod-microservice-old" },
    });
    expect(screen.queryByTestId("cleanup-look-prod-microservice-old")).not.toBeInTheDocument();
    await user.click(screen.getByTestId("cleanup-destination-prod-microservice-old"));
    expect(screen.getByTestId("cleanup-destination-prod-microservice-old")).toBeChecked();
  });
});
