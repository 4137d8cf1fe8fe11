import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { PlanView } from "../../api/types";
import { demoExpiry } from "../../test/demoEngine";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

type App = ReturnType<typeof renderApp>;

const AT = `space=sandbox&account=%22${dev.id}%22&region=us-west-2`;

/** A plan after which images expire, for any change. */
function expiring(): PlanView {
  return {
    id: "plan-1",
    hash: "hash-1",
    space: "sandbox",
    title: "Something",
    steps: [
      {
        text: "Do it",
        reason: null,
        registry: null,
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
    expiry: demoExpiry(),
  } as PlanView;
}

/** Every place that runs a plan: how a person gets there, and the button that runs it. */
const places: Record<string, { address: string; button: string; open: (app: App) => Promise<void> }> = {
  "features/plans/PlanDialog.tsx": {
    address: "/images",
    button: "plan-run",
    open: async ({ user }) => {
      await user.click(await screen.findByTestId("create-repository"));
      await user.type(await screen.findByTestId("create-name"), "new");
      await user.click(screen.getByTestId("dialog-create-repository-review"));
      await screen.findByTestId("dialog-plan");
    },
  },
  "features/replication/RuleWizard.tsx": {
    address: `/replication/edit?${AT}`,
    button: "wizard-submit",
    open: async ({ user }) => {
      await user.click(await screen.findByTestId("wizard-cross-account"));
      await user.type(screen.getByTestId("destination-account-0"), prod.id);
      await user.click(screen.getByTestId("wizard-next"));
      await screen.findByTestId("wizard-step-filters");
      await user.click(screen.getByTestId("wizard-next"));
      await screen.findByTestId("other-side-state-0");
      await user.click(screen.getByTestId("wizard-next"));
    },
  },
  "features/engine/EngineWizard.tsx": {
    address: `/replication/engine?${AT}`,
    button: "engine-submit",
    open: async ({ user }) => {
      await user.type(await screen.findByTestId("engine-name"), "Releases");
      await user.type(screen.getByTestId("engine-destination-0"), "harbor.example.com");
      for (const step of ["selection", "when", "review"]) {
        await user.click(screen.getByTestId("engine-next"));
        await screen.findByTestId(`engine-step-${step}`);
      }
    },
  },
  "features/cleanup/CleanUpWizard.tsx": {
    address: `/replication/clean-up?${AT}&rule=rule-1`,
    button: "cleanup-run",
    open: async ({ user }) => {
      await screen.findByTestId("cleanup-step-choose");
      await user.click(screen.getByTestId("cleanup-plan"));
    },
  },
};

describe("a plan after which images expire", () => {
  it.each(Object.entries(places))("is confirmed and run from %s", async (_, { address, button, open }) => {
    const app = renderApp(address, {
      handlers: { plan: expiring, run_plan: () => ({ run: "run-1" }) },
    });
    await open(app);
    const tick = await screen.findByTestId("plan-acknowledge");
    expect(screen.getByTestId(button)).toBeDisabled();
    await app.user.click(tick);
    await waitFor(() => expect(screen.getByTestId(button)).toBeEnabled());
    await app.user.click(screen.getByTestId(button));
    await waitFor(() =>
      expect(app.last("run_plan")).toMatchObject({ plan: "plan-1", hash: "hash-1", acknowledge: true }),
    );
  });

  it("is run from no place that is not tried here", () => {
    const sources = import.meta.glob<string>("/src/features/**/*.tsx", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const running = Object.entries(sources)
      .filter(
        ([path, text]) => !path.endsWith(".test.tsx") && /\busePlanReview\(|\bapi\.runPlan\(/.test(text),
      )
      .map(([path]) => path.replace("/src/", ""));
    expect(running.sort()).toEqual(Object.keys(places).sort());
  });
});
