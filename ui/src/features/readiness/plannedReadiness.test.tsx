import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { GetReadiness, Readiness } from "../../api/types";
import { apiError } from "../../platform/fake";
import { demoChecks, readinessCheck } from "../../test/demoReadiness";
import { dev, devWest, prod, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;

it("examines a rule before it is written, and does not blame a statement that its plan writes", async () => {
  const asked: GetReadiness[] = [];
  const missing = readinessCheck({ id: "statement-missing", outcome: "failed", registry: prodWest });
  const { user } = renderApp(`/replication/edit?space=sandbox&${WEST}`, {
    handlers: {
      readiness: (request: GetReadiness): Readiness => {
        asked.push(request);
        return { ready: false, rules: [{ rule: null, sentence: "It.", ready: false, checks: [missing] }] };
      },
    },
  });
  await user.click(await screen.findByTestId("wizard-cross-account"));
  await user.type(screen.getByTestId("destination-account-0"), prod.id);
  await user.click(screen.getByTestId("wizard-next"));
  await user.click(await screen.findByTestId("filter-add"));
  await user.type(screen.getByTestId("filter-0"), "prod-");
  await user.click(screen.getByTestId("wizard-next"));
  await screen.findByTestId("wizard-step-other-side");
  await user.click(screen.getByTestId("wizard-next"));
  expect(asked).toEqual([]);
  await user.click(await screen.findByTestId("check-planned"));
  expect(await screen.findByTestId("rule-summary")).toHaveTextContent("Not ready: 1 check failed");
  expect(asked[0]).toMatchObject({ registry: devWest, rule: null, planned: { filters: ["prod-"] } });

  await user.click(screen.getByTestId("wizard-back"));
  await user.click(await screen.findByTestId("other-side-add-0"));
  await user.click(screen.getByTestId("wizard-next"));
  await user.click(await screen.findByTestId("check-planned"));
  expect(await screen.findByTestId("rule-summary")).toHaveTextContent("Ready");
});

it("examines every registry that has rules, or may have some, a few at a time", async () => {
  const asked: GetReadiness[] = [];
  let answer: (() => void)[] = [];
  const { user } = renderApp("/overview", {
    handlers: {
      readiness: async (request: GetReadiness): Promise<Readiness> => {
        asked.push(request);
        await new Promise<void>((resolve) => answer.push(resolve));
        if (request.registry.account !== dev.id) throw apiError("no-rules", "None.", { side: "input" });
        const rule = { rule: "rule-1", sentence: "It.", ready: false, checks: demoChecks() };
        return { ready: false, rules: [rule] };
      },
    },
  });
  await user.click(await screen.findByTestId("check-all-readiness"));
  await waitFor(() => expect(asked.length).toBeGreaterThan(0));
  expect(asked.length).toBeLessThanOrEqual(3);
  const waiting = answer;
  answer = [];
  for (const each of waiting) each();
  expect(await screen.findAllByTestId("rule-readiness")).not.toHaveLength(0);
  expect(screen.getAllByText("The policy of Prod does not allow Dev to replicate.")).not.toHaveLength(0);
});
