import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { PlanRequest } from "../../api/types";
import { readinessCheck } from "../../test/demoReadiness";
import { dev, prodWest } from "../../test/demoWorld";
import { REFUSED, renderApp } from "../../test/renderApp";

const PAGE = `/replication/readiness?space=sandbox&account=%22${dev.id}%22&region=us-west-2`;

/** The page with a rule whose statement is missing, and the plans that add it. */
function page(plans: PlanRequest[], failing = new Set<string>()) {
  const fix = { kind: "add_statement", text: "Add the statement.", plans, copy: "{}" };
  const checks = [readinessCheck({ id: "statement-missing", outcome: "unknown", fix })];
  const rules = [{ rule: "rule-1", sentence: "Every image is replicated.", ready: false, checks }];
  return renderApp(PAGE, { failing, handlers: { readiness: () => ({ ready: false, rules }) } });
}

it("a statement that cannot be added from here is requested for the rule's prefixes", async () => {
  const { user, last } = page([]);
  await user.click(await screen.findByTestId("check-request"));
  await user.click(await screen.findByTestId("request-write-submit"));
  await screen.findByTestId("dialog-request-written");
  expect(last("write_request")).toMatchObject({
    statement: {
      registry: prodWest,
      accounts: [dev.id],
      prefixes: ["prod-microservice"],
      allRepositories: false,
    },
  });
});

it("a statement that can be added is not requested", async () => {
  page([{ change: "removeStatement", registry: prodWest, statement: "s" }]);
  expect(await screen.findByTestId("check-copy")).toBeVisible();
  expect(screen.queryByTestId("check-request")).not.toBeInTheDocument();
});

it("nothing is requested for a rule that cannot be read, until it is read again", async () => {
  const failing = new Set(["replication"]);
  const { user } = page([], failing);
  expect(await screen.findByText(REFUSED)).toBeVisible();
  expect(screen.queryByTestId("check-request")).not.toBeInTheDocument();
  failing.clear();
  await user.click(screen.getByTestId("error-retry"));
  await waitFor(() => expect(screen.getByTestId("check-request")).toBeVisible());
});
