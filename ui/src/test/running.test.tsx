import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { PlanView } from "../api/types";
import { finding } from "./demoReplication";
import { dev, devWest, prod } from "./demoWorld";
import { renderApp } from "./renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;

/** Each place that shows a plan and runs it: the way there, and its button. */
const places: Record<string, { address: string; way: (string | [string, string])[]; run: string }> = {
  dialog: {
    address: "/images",
    way: ["create-repository", ["create-name", "new"], "dialog-create-repository-review"],
    run: "plan-run",
  },
  "rule wizard": {
    address: `/replication/edit?space=sandbox&${WEST}`,
    way: [
      "wizard-cross-account",
      ["destination-account-0", prod.id],
      "wizard-next",
      "wizard-next",
      "wizard-next",
    ],
    run: "wizard-submit",
  },
  "engine wizard": {
    address: `/replication/engine?space=sandbox&${WEST}&to=%5B%22${prod.id}%2Fus-west-2%22%5D`,
    way: [["engine-name", "Releases"], "engine-next", "engine-next", "engine-next"],
    run: "engine-submit",
  },
  "clean-up wizard": {
    address: `/replication/clean-up?space=sandbox&${WEST}&rule=rule-1`,
    way: ["cleanup-plan"],
    run: "cleanup-run",
  },
  "promotion page": {
    address: `/promotion/image?space=sandbox&${WEST}&repository=prod-microservice`,
    way: ["promote-image-21", ["promote-repository", "release"], "promote-plan"],
    run: "plan-run",
  },
};

function planned(more: Partial<PlanView>): PlanView {
  return {
    id: "plan-1",
    hash: "hash-1",
    space: "sandbox",
    title: "The plan",
    steps: [
      {
        text: "Delete repository `release`",
        reason: null,
        registry: devWest,
        before: null,
        after: null,
        diff: [],
        permissions: [],
        destructive: true,
      },
    ],
    stays: [],
    findings: [],
    confirm: null,
    bytesToMove: 0,
    bytesSaved: 0,
    at: new Date().toISOString(),
    ...more,
  };
}

async function review(place: (typeof places)[string], plan: PlanView) {
  const app = renderApp(place.address, {
    handlers: { plan: () => plan, run_plan: () => ({ run: "run-1" }) },
  });
  for (const step of place.way) {
    const [id, text] = typeof step === "string" ? [step] : step;
    const element = await screen.findByTestId(id);
    await waitFor(() => expect(element).toBeEnabled());
    if (text === undefined) await app.user.click(element);
    else await app.user.type(element, text);
  }
  await screen.findByTestId("plan-body");
  return { ...app, button: () => screen.getByTestId(place.run) };
}

describe.each(Object.entries(places))("a plan in the %s", (_, place) => {
  it("runs only once the account's name has been typed", async () => {
    const { user, button, last } = await review(place, planned({ confirm: "Prod" }));
    expect(button()).toBeDisabled();
    const field = screen.getByTestId("confirm-typed");
    await user.type(field, "prof{Enter}");
    expect(button()).toBeDisabled();
    expect(last("run_plan")).toBeUndefined();
    await user.clear(field);
    await user.type(field, "Prod");
    expect(button()).toBeEnabled();
    await user.click(button());
    await waitFor(() => expect(last("run_plan")).toMatchObject({ plan: "plan-1", confirm: "Prod" }));
  });

  it("never runs when a finding blocks it", async () => {
    const refusal = finding("no-permission", "", "The caller may not delete repositories here.");
    const { user, button, last } = await review(place, planned({ findings: [{ ...refusal, field: null }] }));
    expect(screen.getByText("The caller may not delete repositories here.")).toBeVisible();
    expect(button()).toBeDisabled();
    await user.click(button());
    expect(last("run_plan")).toBeUndefined();
  });

  it("runs at once when nothing stands in its way", async () => {
    const { user, button, last } = await review(place, planned({}));
    await waitFor(() => expect(button()).toBeEnabled());
    await user.click(button());
    await waitFor(() => expect(last("run_plan")).toMatchObject({ plan: "plan-1", confirm: null }));
  });
});
