import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { PlanRequest, RuleInput } from "../../api/types";
import { apiError } from "../../platform/fake";
import { finding } from "../../test/demoReplication";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WIZARD = `/replication/edit?space=sandbox&account=%22${dev.id}%22&region=us-west-2`;

async function openWizard(options: Parameters<typeof renderApp>[1] = {}) {
  const app = renderApp(WIZARD, options);
  await screen.findByTestId("wizard-step-destinations");
  return app;
}

async function chooseProd(user: ReturnType<typeof renderApp>["user"]) {
  await user.click(screen.getByTestId("wizard-cross-account"));
  await user.type(screen.getByTestId("destination-account-0"), prod.id);
  await user.click(screen.getByTestId("wizard-next"));
  await screen.findByTestId("wizard-step-filters");
}

describe("the destinations of a rule", () => {
  it("show errors at their fields, and Next stays at the step", async () => {
    const { user } = await openWizard();
    await user.click(screen.getByTestId("wizard-cross-account"));
    const account = screen.getByTestId("destination-account-0");
    await user.type(account, "44445555666");
    await user.click(screen.getByTestId("wizard-next"));
    await waitFor(() => expect(account).toHaveAccessibleDescription(/An account id has 12 digits/));
    expect(account).toBeInvalid();
    expect(account).toHaveFocus();
    expect(screen.getByTestId("destination-region-0")).toBeValid();
    expect(screen.getByTestId("wizard-step-destinations")).toBeVisible();
    await user.type(account, "6");
    await user.clear(screen.getByTestId("destination-region-0"));
    await user.type(screen.getByTestId("destination-region-0"), "us-west");
    await user.click(screen.getByTestId("wizard-next"));
    await waitFor(() => expect(screen.getByTestId("destination-region-0")).toBeInvalid());
    expect(account).toBeValid();
  });

  it("say that a registry cannot be its own destination at that destination's Region", async () => {
    const { user } = await openWizard();
    await user.click(screen.getByTestId("wizard-cross-region"));
    await user.type(screen.getByTestId("destination-region-0"), "us-west-2");
    await user.click(screen.getByTestId("wizard-next"));
    await waitFor(() =>
      expect(screen.getByTestId("destination-region-0")).toHaveAccessibleDescription(
        "A registry cannot replicate to itself.",
      ),
    );
  });

  it("are counted over all rules, of 25", async () => {
    const { user } = await openWizard();
    expect(screen.getByTestId("destinations-counter")).toHaveTextContent("0 of 25");
    await user.click(screen.getByTestId("wizard-cross-account"));
    await waitFor(() => expect(screen.getByTestId("destinations-counter")).toHaveTextContent("1 of 25"));
    await user.click(screen.getByTestId("destination-add"));
    await waitFor(() => expect(screen.getByTestId("destinations-counter")).toHaveTextContent("2 of 25"));
  });

  it("refuse the 26th before anything is sent", async () => {
    const { user } = await openWizard({
      handlers: {
        preview_rule: () => ({
          sentence: null,
          findings: [
            finding("too-many-destinations", "destinations", "There are 26 destinations; ECR allows 25."),
          ],
          destinationsUsed: 26,
          driver: { driver: "engine", reasons: ["More than 25 destinations."] },
          matches: [],
          repositories: 0,
          images: 0,
          bytes: 0,
        }),
      },
    });
    await user.click(screen.getByTestId("wizard-cross-account"));
    await user.click(screen.getByTestId("wizard-next"));
    expect(await screen.findByText("There are 26 destinations; ECR allows 25.")).toBeVisible();
    await waitFor(() => expect(screen.getByTestId("finding-too-many-destinations")).toHaveFocus());
    expect(screen.getByTestId("destinations-counter")).toHaveTextContent("26 of 25");
    expect(screen.getByTestId("wizard-step-destinations")).toBeVisible();
  });
});

describe("the filters of a rule", () => {
  it("say that no filter means the whole registry", async () => {
    const { user, last } = await openWizard();
    await chooseProd(user);
    expect(screen.getByTestId("no-filter")).toHaveTextContent(/the whole registry is replicated/);
    await user.type(screen.getByTestId("filter-0"), "prod-");
    expect(screen.queryByTestId("no-filter")).not.toBeInTheDocument();
    await waitFor(() => expect(last("preview_rule")).toMatchObject({ filters: ["prod-"] }));
    await user.clear(screen.getByTestId("filter-0"));
    expect(screen.getByTestId("no-filter")).toBeVisible();
    await waitFor(() => expect(last("preview_rule")).toMatchObject({ filters: [] }));
  });

  it("show while typing what matches and what is caught by accident", async () => {
    const match = (repository: string, accidental: boolean) => ({
      repository,
      filter: "prod-microservice",
      images: 3,
      bytes: 1000,
      accidental,
    });
    const { user } = await openWizard({
      handlers: {
        preview_rule: () => ({
          sentence: "A sentence.",
          findings: [],
          destinationsUsed: 1,
          driver: { driver: "native", reason: "Because." },
          matches: [match("prod-microservice", false), match("prod-microservice-old", true)],
          repositories: 2,
          images: 6,
          bytes: 2000,
        }),
      },
    });
    await chooseProd(user);
    const preview = screen.getByTestId("preview-matches");
    expect(await within(preview).findByText("2 repositories")).toBeVisible();
    expect(within(preview).getByTestId("preview-images")).toHaveTextContent("6 images");
    expect(within(preview).getByTestId("preview-accidental")).toHaveTextContent("prod-microservice-old");
    expect(within(preview).getByTestId("preview-match")).toHaveTextContent("prod-microservice");
  });

  it("show a wrong filter at its own row, whichever rows before it are empty", async () => {
    const { user } = await openWizard();
    await chooseProd(user);
    await user.click(screen.getByTestId("filter-add"));
    await user.type(screen.getByTestId("filter-1"), "prod*");
    await waitFor(() =>
      expect(screen.getByTestId("filter-1")).toHaveAccessibleDescription(
        /A filter is a prefix in lower case/,
      ),
    );
    expect(screen.getByTestId("filter-0")).toBeValid();
    await user.click(screen.getByTestId("wizard-next"));
    expect(screen.getByTestId("wizard-step-filters")).toBeVisible();
  });
});

describe("the whole wizard", () => {
  it("adds a rule with the destination's statement, reviewed before it runs", async () => {
    const { user, last } = await openWizard();
    await chooseProd(user);
    await user.type(screen.getByTestId("filter-0"), "prod-microservice");
    await user.click(screen.getByTestId("wizard-next"));
    expect(await screen.findByTestId("other-side-state-0")).toHaveTextContent("Missing");
    expect(screen.getByTestId("other-side-statement-0")).toHaveTextContent("repository/prod-microservice*");
    await user.click(screen.getByTestId("other-side-add-0"));
    await user.click(screen.getByTestId("wizard-next"));
    expect(await screen.findByTestId("plan-diff")).toBeVisible();
    expect(screen.getByTestId("review-driver")).toHaveTextContent(/^Native/);
    expect(screen.queryByTestId("review-left-out")).not.toBeInTheDocument();
    expect(last("plan")).toEqual({
      change: "putRule",
      rule: {
        registry: { space: "sandbox", account: dev.id, region: "us-west-2" },
        destinations: [{ account: prod.id, region: "us-west-2" }],
        filters: ["prod-microservice"],
        deleteReplication: false,
        replaces: null,
      } satisfies RuleInput,
      addStatements: [{ space: "sandbox", account: prod.id, region: "us-west-2" }],
      allRepositories: false,
      createRepository: true,
    } satisfies PlanRequest);
    await user.click(screen.getByTestId("wizard-submit"));
    const result = await screen.findByTestId("wizard-result");
    await waitFor(() => expect(result).toHaveTextContent("Rule saved"));
    expect(within(result).getByTestId("wizard-run-link")).toBeVisible();
  });

  it("keeps what was entered when going back, and warns of a statement that is left out", async () => {
    const { user } = await openWizard();
    await chooseProd(user);
    await user.type(screen.getByTestId("filter-0"), "prod-microservice");
    await user.click(screen.getByTestId("wizard-back"));
    expect(await screen.findByTestId("destination-account-0")).toHaveValue(prod.id);
    await user.click(screen.getByTestId("wizard-next"));
    expect(await screen.findByTestId("filter-0")).toHaveValue("prod-microservice");
    await user.click(screen.getByTestId("wizard-next"));
    await screen.findByTestId("other-side-state-0");
    await user.click(screen.getByTestId("wizard-next"));
    const left = await screen.findByTestId("review-left-out");
    expect(left).toHaveTextContent("This destination will refuse images");
    expect(within(left).getByTestId("same-registry")).toHaveTextContent("Produs-west-2");
  });

  it("asks before Esc loses what was entered", async () => {
    const { user, router } = await openWizard();
    await user.click(screen.getByTestId("wizard-cross-region"));
    await user.keyboard("{Escape}");
    const dialog = await screen.findByTestId("dialog-leave");
    await user.click(within(dialog).getByTestId("confirm-cancel"));
    await waitFor(() => expect(screen.queryByTestId("dialog-leave")).not.toBeInTheDocument());
    expect(screen.getByTestId("destination-region-0")).toBeVisible();
    await user.keyboard("{Escape}");
    await user.click(await screen.findByTestId("confirm-action"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/replication"));
  });

  it("leaves at once when nothing was entered", async () => {
    const { user, router } = await openWizard();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(router.state.location.pathname).toBe("/replication"));
  });

  it("says why a run was refused, and plans again", async () => {
    let refuse = true;
    const { user, platform } = await openWizard({
      handlers: {
        run_plan: () => {
          if (refuse) throw apiError("changed-elsewhere", "The configuration was changed elsewhere.");
          return { run: "run-1" };
        },
        run: () => {
          throw apiError("run-not-found", "There is no such run.");
        },
      },
    });
    await chooseProd(user);
    await user.click(screen.getByTestId("wizard-next"));
    await screen.findByTestId("other-side-state-0");
    await user.click(screen.getByTestId("wizard-next"));
    await screen.findByTestId("plan-diff");
    await user.click(screen.getByTestId("wizard-submit"));
    expect(await screen.findByText("The configuration was changed elsewhere.")).toBeVisible();
    const plans = () => platform.calls.filter((call) => call.command === "plan").length;
    const before = plans();
    await user.click(screen.getByTestId("plan-again"));
    await waitFor(() => expect(plans()).toBe(before + 1));
    refuse = false;
    await waitFor(() => expect(screen.getByTestId("wizard-submit")).toBeEnabled());
    await user.click(screen.getByTestId("wizard-submit"));
    expect(await screen.findByTestId("wizard-result")).toBeVisible();
  });
});
