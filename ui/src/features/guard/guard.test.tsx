import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { RunPlan } from "../../api/types";
import { apiError, type Handlers } from "../../platform/fake";
import { blankPlan } from "../../test/blank";
import { demoGuard, unlockedGuard } from "../../test/demoGuard";
import { demoRuns } from "../../test/demoRuns";
import { dev, prod, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const REPOSITORY = (id: string) =>
  `/images/repository?space=sandbox&account=%22${id}%22&region=us-west-2&repository=prod-microservice`;

/** The plan that deletes a repository of an account. */
async function planOf(id: string, guard = demoGuard(), handlers: Handlers = {}) {
  const app = renderApp(REPOSITORY(id), { guard, handlers });
  await app.user.click(await screen.findByTestId("repository-actions"));
  await app.user.click(await screen.findByTestId("repository-menu-delete"));
  await app.user.click(await screen.findByTestId("dialog-delete-repository-review"));
  await screen.findByTestId("plan-body");
  const commands = () => app.platform.calls.map(({ command }) => command);
  return { ...app, commands };
}

describe("a plan that changes a locked account", () => {
  it("unlocks it for the chosen time with the name that the plan asks for, and then runs", async () => {
    const { user, last, commands } = await planOf(prod.id);
    expect(screen.getByTestId("plan-locked")).toHaveTextContent(
      "Prod is a production account and read-only.",
    );
    expect(screen.getAllByRole("textbox")).toHaveLength(1);
    expect(screen.getByTestId("plan-run")).toBeDisabled();
    expect(commands()).not.toContain("unlock_account");
    await user.click(screen.getByTestId("plan-unlock-time"));
    await user.click(await screen.findByTestId("plan-unlock-time-240"));
    await user.type(screen.getByTestId("confirm-typed"), "prod");
    await user.click(screen.getByTestId("plan-run"));
    await waitFor(() => expect(commands()).toContain("run_plan"));
    expect(last("unlock_account")).toEqual({
      space: "sandbox",
      id: prod.id,
      confirm: "Prod",
      minutes: 240,
    });
    expect(commands().indexOf("unlock_account")).toBeLessThan(commands().indexOf("run_plan"));
  });

  it("unlocks every account whose name it asks for", async () => {
    const guard = demoGuard();
    const other = { space: dev.space, id: dev.id, name: dev.name, unlockedUntil: null };
    const { user, platform } = await planOf(prod.id, demoGuard({ accounts: [...guard.accounts, other] }), {
      plan: () =>
        blankPlan({
          steps: [prod, dev].map(({ id }) => ({
            text: "Write the policy",
            reason: null,
            registry: { ...prodWest, account: id },
            before: null,
            after: null,
            diff: [],
            permissions: [],
            destructive: false,
          })),
          confirm: "Prod, Dev",
          production: ["Prod", "Dev"],
        }),
    });
    const asked = "Type the names of the production accounts, “Prod, Dev”, to confirm";
    // The names are said once, where they are typed.
    expect(screen.getByTestId("plan-consent")).not.toHaveTextContent("This changes production");
    const field = screen.getByLabelText(asked);
    await user.type(field, "dev");
    expect(field).not.toHaveAttribute("aria-invalid");
    expect(screen.getByTestId("plan-run")).toBeDisabled();
    await user.type(field, ",prof");
    expect(field).toHaveAttribute("aria-invalid");
    await user.type(field, "{Backspace}d");
    await user.click(screen.getByTestId("plan-run"));
    await waitFor(() => expect(platform.calls.map(({ command }) => command)).toContain("run_plan"));
    const unlocked = platform.calls.filter(({ command }) => command === "unlock_account");
    expect(unlocked.map(({ request }) => request)).toMatchObject([
      { id: prod.id, confirm: "Prod" },
      { id: dev.id, confirm: "Dev" },
    ]);
  });

  it("does not run if it could not be unlocked", async () => {
    const { user, commands } = await planOf(prod.id, demoGuard(), {
      unlock_account: () => {
        throw apiError("unlock-time", "An account can be unlocked for 1 to 480 minutes.");
      },
    });
    await user.type(screen.getByTestId("confirm-typed"), "Prod");
    await user.click(screen.getByTestId("plan-run"));
    expect(await screen.findByText("An account can be unlocked for 1 to 480 minutes.")).toBeVisible();
    expect(commands()).not.toContain("run_plan");
  });

  it("says nothing of it while the account is unlocked, nor for an account that is not protected", async () => {
    await planOf(prod.id, unlockedGuard());
    expect(screen.queryByTestId("plan-locked")).not.toBeInTheDocument();
  });

  it("is not asked to unlock for another account's change", async () => {
    await planOf(dev.id);
    expect(screen.queryByTestId("plan-locked")).not.toBeInTheDocument();
    expect(screen.getByTestId("plan-run")).toBeEnabled();
  });

  it("that is only found out when it runs offers the same, with a name of its own", async () => {
    let locked = true;
    const { user, last } = await planOf(dev.id, demoGuard(), {
      unlock_account: () => {
        locked = false;
        return unlockedGuard();
      },
      run_plan: (_: RunPlan) => {
        if (locked) throw apiError("account-locked", "Prod is read-only.", { field: prod.id });
        return { run: "run-1" };
      },
    });
    await user.click(screen.getByTestId("plan-run"));
    await screen.findByTestId("plan-locked");
    expect(screen.queryByText("Prod is read-only.")).not.toBeInTheDocument();
    expect(screen.getByTestId("plan-run")).toBeDisabled();
    await user.type(screen.getByTestId(`plan-unlock-${prod.id}`), "Prod");
    await user.click(screen.getByTestId("plan-run"));
    await waitFor(() => expect(screen.queryByTestId("dialog-plan")).not.toBeInTheDocument());
    expect(last("unlock_account")).toMatchObject({ id: prod.id, minutes: 30 });
  });
});

describe("read-only mode", () => {
  it("is said in every plan, which offers to leave it", async () => {
    const { user, last } = await planOf(dev.id, demoGuard({ readOnly: true }));
    expect(screen.getByTestId("plan-read-only")).toHaveTextContent("Read-only mode is on.");
    expect(screen.getByTestId("plan-run")).toBeDisabled();
    await user.click(screen.getByTestId("plan-leave-read-only"));
    await user.click(await screen.findByTestId("confirm-action"));
    await waitFor(() => expect(screen.getByTestId("plan-run")).toBeEnabled());
    expect(last("set_guard")).toEqual({ readOnly: false });
    expect(screen.queryByTestId("guard-bar")).not.toBeInTheDocument();
  });

  it("is switched on in the settings, and then shown on every screen", async () => {
    const { user, last } = renderApp("/settings?tab=accounts", { guard: demoGuard() });
    await user.click(await screen.findByTestId("guard-read-only-mode"));
    expect(await screen.findByTestId("guard-read-only")).toHaveTextContent("Read-only mode is on.");
    // What else protects production may have been changed by a command.
    expect(last("set_guard")).toEqual({ readOnly: true });
  });
});

describe("a production account", () => {
  const row = () => screen.findByTestId(`account-guard-${prod.id}`);

  it("is unlocked and locked in the settings, and every screen says how long it stays unlocked", async () => {
    const { user, last } = renderApp("/settings?tab=sandbox", { guard: demoGuard() });
    expect(await row()).toHaveTextContent("Read-only until unlocked");
    expect(screen.queryByTestId(`account-guard-${dev.id}`)).not.toBeInTheDocument();
    await user.click(screen.getByTestId(`account-unlock-${prod.id}`));
    const submit = await screen.findByTestId("unlock-submit");
    await user.type(screen.getByTestId("unlock-typed"), "Pro");
    expect(submit).toBeDisabled();
    await user.type(screen.getByTestId("unlock-typed"), "d");
    await user.click(submit);
    const bar = await screen.findByTestId(`guard-unlocked-${prod.id}`);
    expect(bar).toHaveTextContent("Prod is unlocked, 30 min left");
    expect(await row()).toHaveTextContent(/Unlocked until .*\d/);
    await user.click(within(bar).getByTestId(`guard-lock-${prod.id}`));
    await waitFor(() => expect(bar).not.toBeInTheDocument());
    expect(last("lock_account")).toEqual({ space: "sandbox", id: prod.id });
    expect(await row()).toHaveTextContent("Read-only until unlocked");
  });

  it("becomes read-only on the screen when its time ends", async () => {
    const ended = unlockedGuard(0.03);
    let reads = 0;
    renderApp("/overview", {
      handlers: {
        guard: () => {
          reads += 1;
          return reads === 1 ? ended : demoGuard();
        },
      },
    });
    const bar = await screen.findByTestId("guard-bar");
    await waitFor(() => expect(bar).not.toBeInTheDocument());
  });
});

it("the sandbox's production accounts are protected only on request", async () => {
  const { user, last } = renderApp("/settings?tab=sandbox", { guard: demoGuard({ sandbox: false }) });
  const protect = await screen.findByTestId("guard-sandbox");
  expect(protect).toHaveAttribute("aria-checked", "false");
  await user.click(protect);
  await waitFor(() => expect(protect).toHaveAttribute("aria-checked", "true"));
  expect(last("set_guard")).toEqual({ sandbox: true });
});

describe("a run that is retried", () => {
  const locked = apiError("account-locked", "Prod is read-only.", { field: prod.id });

  it("asks to unlock the account, and is then retried by itself", async () => {
    let tries = 0;
    const { user } = renderApp("/activity?run=run-failed", {
      runs: demoRuns().map((run) => ({ ...run, error: null, steps: [] })),
      guard: demoGuard(),
      handlers: {
        retry_run: () => {
          tries += 1;
          if (tries === 1) throw locked;
          return { run: "run-failed" };
        },
      },
    });
    const detail = await screen.findByTestId("run-detail");
    await user.click(within(detail).getByTestId("run-retry"));
    await user.type(await screen.findByTestId("unlock-typed"), "Prod");
    await user.click(screen.getByTestId("unlock-submit"));
    await waitFor(() => expect(tries).toBe(2));
    await waitFor(() => expect(screen.queryByTestId("dialog-unlock")).not.toBeInTheDocument());
  });

  it("stays as it is if the account is not unlocked", async () => {
    const { user, platform } = renderApp("/activity?run=run-failed", {
      runs: demoRuns().map((run) => ({ ...run, error: null, steps: [] })),
      guard: demoGuard(),
      handlers: {
        retry_run: () => {
          throw locked;
        },
      },
    });
    const detail = await screen.findByTestId("run-detail");
    await user.click(within(detail).getByTestId("run-retry"));
    await user.click(await screen.findByTestId("unlock-cancel"));
    await waitFor(() => expect(within(detail).getByTestId("run-retry")).toBeEnabled());
    expect(platform.calls.filter(({ command }) => command === "retry_run")).toHaveLength(1);
  });
});
