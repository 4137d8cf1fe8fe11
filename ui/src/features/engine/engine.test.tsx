import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { PlanRequest, PlanView } from "../../api/types";
import { apiError } from "../../platform/fake";
import { demoEnginePlan, demoEngineRules, demoExpiry, engineHandlers } from "../../test/demoEngine";
import { demoGuard } from "../../test/demoGuard";
import { dev } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WIZARD = `/replication/engine?space=sandbox&account=%22${dev.id}%22&region=us-west-2`;
const RULES = `/replication?account=%22${dev.id}%22&region=us-west-2`;

function enginePlan(more: Parameters<typeof demoEnginePlan>[0] = {}): PlanView {
  return {
    id: "plan-engine",
    hash: "hash",
    space: "sandbox",
    title: "Run “Releases to Prod”",
    steps: [],
    stays: [],
    findings: [],
    confirm: null,
    bytesToMove: 48_000_000,
    bytesSaved: 0,
    at: new Date().toISOString(),
    engine: demoEnginePlan(more),
  };
}

async function openRules(handlers: Record<string, (request: never) => unknown> = {}) {
  const app = renderApp(RULES, {
    handlers: { ...engineHandlers(demoEngineRules()), run_plan: () => ({ run: "run-1" }), ...handlers },
  });
  const rules = await screen.findAllByTestId("engine-rule");
  return { ...app, rule: rules[0] as HTMLElement, rules };
}

describe("engine rules beside native ones", () => {
  it("are exported one by one, and saved as a file", async () => {
    const { user, rule, last } = await openRules();
    const [first] = demoEngineRules();
    await user.click(within(rule).getByTestId("engine-rule-actions"));
    await user.click(await screen.findByTestId("engine-rule-menu-export"));
    expect(await screen.findByTestId("engine-export")).toHaveTextContent(`name: ${first?.name}`);
    expect(last("export_engine_rules")).toEqual({ space: "sandbox", rules: [first?.id] });
    await user.click(screen.getByTestId("engine-export-save"));
    expect(await screen.findByTestId("file-saved")).toHaveTextContent("rules.yaml");
  });

  it("show their driver and its reason, their schedule and their last run", async () => {
    const { rule, rules } = await openRules();
    expect(within(rule).getByTestId("engine-rule-driver")).toHaveTextContent("Longshore's engine");
    expect(within(rule).getByTestId("engine-rule-driver").title).toContain("ECR replicates every tag");
    expect(rule).toHaveTextContent("Every day at 03:00 UTC");
    expect(within(rule).getByTestId("engine-rule-next")).toBeVisible();
    expect(within(rule).getByTestId("engine-rule-last")).toHaveTextContent("2 copied, 40 already there");
    const other = rules[1] as HTMLElement;
    expect(other).toHaveTextContent("On demand");
    expect(other).toHaveTextContent("No answer from Prod / us-west-2.");
  });

  it("run immediately when nothing needs a review", async () => {
    const { user, rule, last } = await openRules({ plan: () => enginePlan() });
    await user.click(within(rule).getByTestId("engine-rule-run"));
    await waitFor(() => expect(last("run_plan")).toMatchObject({ plan: "plan-engine" }));
    expect(last("plan")).toEqual({ change: "runEngineRule", rule: "engine-1" });
    expect(screen.queryByTestId("dialog-plan")).not.toBeInTheDocument();
  });

  it("show the plan, with the way out, if read-only mode refuses the run", async () => {
    const { user, rule } = await openRules({
      plan: () => enginePlan(),
      guard: () => demoGuard({ readOnly: true }),
      run_plan: () => {
        throw apiError("read-only-mode", "Longshore is in read-only mode.");
      },
    });
    await user.click(within(rule).getByTestId("engine-rule-run"));
    await screen.findByTestId("dialog-plan");
    expect(await screen.findByTestId("plan-leave-read-only")).toBeVisible();
    expect(screen.queryByTestId("toast-error")).not.toBeInTheDocument();
  });

  it("show the plan first when tags are removed, and run only once that is confirmed", async () => {
    const sentence = "3 tags will be removed at `harbor.example.com`.";
    const { user, rule, last } = await openRules({ plan: () => enginePlan({ acknowledge: [sentence] }) });
    await user.click(within(rule).getByTestId("engine-rule-run"));
    const dialog = await screen.findByTestId("dialog-plan");
    expect(last("run_plan")).toBeUndefined();
    expect(dialog).toHaveTextContent("3 tags will be removed");
    expect(within(dialog).getByTestId("engine-plan-copy")).toHaveTextContent("2");
    expect(within(dialog).getByTestId("engine-plan-bytes-toMove")).toHaveTextContent("48.0 MB");
    expect(await within(dialog).findAllByTestId("plan-image")).toHaveLength(2);
    expect(within(dialog).getByTestId("plan-run")).toBeDisabled();
    await user.click(within(dialog).getByTestId("plan-acknowledge"));
    await user.click(within(dialog).getByTestId("plan-run"));
    await waitFor(() => expect(last("run_plan")).toMatchObject({ acknowledge: true }));
  });

  it("list the images that lifecycle policies expire, with the reason, and run only once that is confirmed", async () => {
    const expiry = demoExpiry();
    const sentence = expiry.acknowledge[0] as string;
    const long = expiry.rows[1]?.repository as string;
    const { user, rule, last } = await openRules({ plan: () => ({ ...enginePlan(), expiry }) });
    await user.click(within(rule).getByTestId("engine-rule-run"));
    const dialog = await screen.findByTestId("dialog-plan");
    expect(last("run_plan")).toBeUndefined();
    const list = within(dialog).getByTestId("plan-expiry");
    const images = await within(list).findAllByTestId("plan-expiring");
    expect(images.map((image) => image.dataset.incoming)).toEqual(["true", "false", "false"]);
    expect(images[0]).toHaveTextContent("prod-microservice:1.0 and 4 more tags");
    expect(images[1]).toHaveAttribute("title", expect.stringContaining(long));
    expect(list).toHaveTextContent("Rule 7: Images expire, except the 10 pushed last.");
    expect(list).toHaveTextContent("New copy");
    expect(list).toHaveTextContent("Affected anyway");
    expect(within(list).getByTestId("plan-expiry-more")).toHaveTextContent("and 1 more image");
    expect(dialog).toHaveTextContent(sentence);
    expect(within(dialog).getByTestId("plan-run")).toBeDisabled();
    await user.click(within(dialog).getByTestId("plan-acknowledge"));
    await user.click(within(dialog).getByTestId("plan-run"));
    await waitFor(() => expect(last("run_plan")).toMatchObject({ acknowledge: true }));
  });

  it("have a schedule that can be paused, and can be removed by a plan", async () => {
    const { user, rule, last } = await openRules();
    await user.click(within(rule).getByTestId("engine-rule-actions"));
    await user.click(await screen.findByTestId("engine-rule-menu-pause"));
    expect(last("pause_engine_rule")).toEqual({ rule: "engine-1", paused: true });
    await waitFor(() => expect(rule).toHaveTextContent("paused"));
    await user.click(within(rule).getByTestId("engine-rule-actions"));
    await user.click(await screen.findByTestId("engine-rule-menu-remove"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({ change: "removeEngineRule", rule: "engine-1" });
  });
});

async function openSelection() {
  const app = renderApp(WIZARD);
  const { user } = app;
  await user.type(await screen.findByTestId("engine-name"), "Releases");
  await user.type(screen.getByTestId("engine-destination-0"), "harbor.example.com");
  await user.click(screen.getByTestId("engine-next"));
  await screen.findByTestId("engine-step-selection");
  return app;
}

describe("the wizard of an engine rule", () => {
  it("stays at the step without a name and says so at the field", async () => {
    const { user } = renderApp(WIZARD);
    await screen.findByTestId("engine-step-places");
    await user.click(screen.getByTestId("engine-next"));
    await waitFor(() => expect(screen.getByTestId("engine-name")).toBeInvalid());
    expect(screen.getByTestId("engine-step-places")).toBeVisible();
    expect(screen.getByTestId("engine-source")).toHaveValue(`${dev.id}/us-west-2`);
  });

  it("takes any registry, with credentials that are never read back", async () => {
    const { user, last } = renderApp(WIZARD);
    await user.type(await screen.findByTestId("engine-destination-0"), "registry.test:5000");
    await user.click(await screen.findByTestId("engine-destination-0-credentials"));
    const dialog = await screen.findByTestId("dialog-credentials");
    await user.type(within(dialog).getByTestId("credentials-user"), "robot");
    await user.type(within(dialog).getByTestId("credentials-password"), "hunter2");
    await user.click(within(dialog).getByTestId("credentials-insecure"));
    await user.click(within(dialog).getByTestId("credentials-save"));
    await waitFor(() =>
      expect(last("put_registry")).toEqual({
        host: "registry.test:5000",
        user: "robot",
        password: "hunter2",
        insecure: true,
      }),
    );
    await waitFor(() =>
      expect(screen.getByTestId("engine-destination-0")).toHaveAccessibleDescription(
        /signs in as robot · plain HTTP/,
      ),
    );
    expect(document.body.textContent).not.toContain("hunter2");
  });

  it("shows while typing which tags are selected, and why the others are not", async () => {
    const { user, last } = await openSelection();
    await user.click(screen.getByTestId("engine-more"));
    await user.click(screen.getByTestId("engine-tag-add"));
    await user.type(screen.getByTestId("engine-tag-0"), "1.*");
    await user.type(screen.getByTestId("engine-minimum-age"), "7d");
    await waitFor(() =>
      expect(screen.getByTestId("engine-preview-totals")).toHaveTextContent("2 tags selected"),
    );
    expect(last("preview_engine_rule")).toMatchObject({
      rule: {
        as: "form",
        rule: { source: { tags: { include: [{ glob: "1.*" }], minimum_age: "7d" } } },
      },
    });
    expect(screen.getByTestId("engine-preview-totals")).toHaveTextContent("2 not");
    const refused = await screen.findAllByTitle("not copied: 2 days old, the rule requires 7d");
    expect(refused.length).toBeGreaterThan(0);
    const driver = screen.getByTestId("engine-driver");
    expect(driver).toHaveTextContent("ECR replicates every tag; this rule chooses tags.");
    expect(driver).toHaveTextContent("To make it native: Leave the tags out.");
  });

  it("reviews the rule and saves it", async () => {
    const { user, last } = await openSelection();
    await user.click(screen.getByTestId("engine-next"));
    await screen.findByTestId("engine-step-when");
    // The effect of lifecycle policies is confirmed for every run of the rule.
    await user.click(screen.getByTestId("engine-expiry"));
    await user.click(screen.getByTestId("engine-schedule-cron"));
    expect(await screen.findByTestId("engine-next-times")).toBeVisible();
    await user.click(screen.getByTestId("engine-next"));
    await screen.findByTestId("engine-step-review");
    expect(await screen.findByTestId("engine-review-yaml")).toHaveTextContent("name: Releases");
    await waitFor(() => expect(screen.getByTestId("engine-submit")).toBeEnabled());
    expect(last("plan")).toMatchObject({
      change: "saveEngineRule",
      id: null,
      rule: {
        as: "form",
        rule: {
          name: "Releases",
          schedule: { cron: "0 3 * * *" },
          destinations: [{ on_expiry: "accept" }],
        },
      },
    } satisfies { change: PlanRequest["change"]; id: null; rule: unknown });
    await user.click(screen.getByTestId("engine-submit"));
    const result = await screen.findByTestId("engine-result");
    await waitFor(() => expect(result).toHaveTextContent("Rule saved"));
  });

  it("has the same rule as YAML, with errors at their lines, there and back", async () => {
    const { user } = await openSelection();
    await user.click(screen.getByTestId("engine-view-yaml"));
    const editor = await screen.findByTestId("engine-yaml");
    expect((editor as HTMLTextAreaElement).value).toContain("name: Releases");
    await user.clear(editor);
    await user.type(editor, "nmae: x");
    expect(await screen.findByText(/There is no key/)).toBeVisible();
    expect(screen.getByTestId("engine-yaml-place")).toHaveTextContent("Line 1, column 1");
    expect(editor).toBeInvalid();
    await user.click(screen.getByTestId("engine-view-form"));
    expect(screen.getByTestId("engine-yaml")).toBeVisible();
    await user.clear(editor);
    await user.type(editor, "name: y");
    await waitFor(() => expect(screen.getByTestId("engine-yaml-status").dataset.good).toBe("true"));
    await user.click(screen.getByTestId("engine-view-form"));
    expect(await screen.findByTestId("engine-tag-0")).toHaveValue(">=1.0.0");
  });

  it("takes over what was chosen for a native rule, and gives it back", async () => {
    const { user, router } = renderApp(
      `/replication/edit?space=sandbox&account=%22${dev.id}%22&region=us-west-2`,
    );
    await user.click(await screen.findByTestId("wizard-cross-region"));
    await user.type(screen.getByTestId("destination-region-0"), "eu-west-1");
    await user.click(screen.getByTestId("wizard-next"));
    await user.type(await screen.findByTestId("filter-0"), "prod-");
    await user.click(screen.getByTestId("filters-more"));
    expect(await screen.findByTestId("engine-destination-0")).toHaveValue(`${dev.id}/eu-west-1`);
    await user.type(screen.getByTestId("engine-name"), "Mine");
    await user.click(await screen.findByTestId("engine-make-native"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/replication/edit"));
    expect(await screen.findByTestId("destination-region-0")).toHaveValue("eu-west-1");
  });
});
