import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, RunView } from "../../api/types";
import { apiError, type Handlers } from "../../platform/fake";
import { SERIAL } from "../../test/demoAccounts";
import { waitingRuns } from "../../test/demoRuns";
import { demoSession, signedOut, signInHandlers } from "../../test/demoSignIn";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const aws = (run: RunView): RunView => ({ ...run, space: "aws" });

function show(address: string, problem = signedOut.problem, more: Handlers = {}) {
  let account: Account = { ...signedOut, problem };
  return renderApp(address, {
    runs: waitingRuns()
      .map(aws)
      .map((run) => (run.waiting && problem ? { ...run, waiting: problem } : run)),
    handlers: {
      ...signInHandlers([demoSession()], () => ({ state: "done" })),
      accounts: () => [{ ...dev, space: "aws" }, account],
      check_account: () => {
        account = { ...account, problem: null };
        return account;
      },
      ...more,
    },
  });
}

describe("a run that waits for a person", () => {
  it("says what for, and goes on by itself after the sign-in", async () => {
    const { user, platform, last } = show("/activity?run=run-active");
    const detail = await screen.findByTestId("run-detail");
    expect(within(detail).getByTestId("run-state")).toHaveTextContent("Waiting for you");
    const waits = within(detail).getByTestId("run-waiting");
    await waitFor(() => expect(waits).toHaveTextContent("This run waits for Prod. Nobody is signed in"));
    await user.click(within(waits).getByTestId(`run-sign-in-${prod.id}`));
    await waitFor(() => expect(last("check_account")).toEqual({ space: "aws", id: prod.id }));
    expect(last("retry_run")).toBeUndefined();
    const [run] = waitingRuns().map(aws);
    if (!run) throw new Error("the demo has no run");
    const { waiting: _, ...goesOn } = run;
    act(() => platform.emit({ event: "run", run: goesOn }));
    await waitFor(() => expect(within(detail).getByTestId("run-state")).toHaveTextContent("Running"));
    expect(screen.queryByTestId("run-waiting")).not.toBeInTheDocument();
  });

  it("asks for a code in its row in Activity", async () => {
    const problem = apiError("mfa-code-needed", "A code is needed.", { field: SERIAL });
    const { user, last } = show("/activity", problem);
    await user.click(await screen.findByTestId("space-switch"));
    await user.click(await screen.findByTestId("space-menu-aws"));
    const row = await screen.findByTestId("run-active-run-active");
    expect(row).toHaveTextContent("Waiting for you");
    await user.click(within(row).getByTestId(`run-row-code-${prod.id}`));
    await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
    await waitFor(() => expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" }));
  });

  it("keeps asking when a code is refused, which changes the account's problem", async () => {
    const problem = apiError("mfa-code-needed", "A code is needed.", { field: SERIAL });
    const refused = apiError("mfa-code-refused", "The code was not accepted.", { field: "code" });
    let current = problem;
    const { user, platform } = show("/activity?run=run-active", problem, {
      accounts: () => [{ ...signedOut, problem: current }],
      enter_mfa_code: () => {
        current = refused;
        throw refused;
      },
    });
    await user.click(await screen.findByTestId(`run-code-${prod.id}`));
    await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
    await screen.findAllByText("The code was not accepted.");
    act(() => platform.emit({ event: "accounts" }));
    await waitFor(() =>
      expect(platform.calls.filter(({ command }) => command === "accounts").length).toBeGreaterThan(1),
    );
    expect(screen.getByTestId("mfa-code")).toBeVisible();
  });

  it("says what to do if its account is not known", async () => {
    const problem = apiError("credentials-expired", "The session has ended.", { hint: "Sign in again." });
    show("/activity?run=run-active", problem, { accounts: () => [] });
    const waits = await screen.findByTestId("run-waiting");
    expect(waits).toHaveTextContent("This run waits for an account. The session has ended.");
    expect(waits).toHaveTextContent("Sign in again.");
    expect(within(waits).queryByRole("button")).not.toBeInTheDocument();
  });
});

describe("an account that waits for a person", () => {
  it("is shown on every screen of its space, with the button", async () => {
    const { user, last } = show("/overview");
    await screen.findByTestId("page-overview");
    expect(screen.queryByTestId("person-bar")).not.toBeInTheDocument();
    await user.click(screen.getByTestId("space-switch"));
    await user.click(await screen.findByTestId("space-menu-aws"));
    const bar = await screen.findByTestId("person-bar");
    expect(bar).toHaveTextContent("Prod waits for you.");
    await user.click(within(bar).getByTestId(`person-sign-in-${prod.id}`));
    await waitFor(() => expect(bar).not.toBeInTheDocument());
    expect(last("check_account")).toEqual({ space: "aws", id: prod.id });
  });
});
