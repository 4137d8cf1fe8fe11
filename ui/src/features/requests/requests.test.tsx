import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { OpenRequest, RequestPlan, RunView } from "../../api/types";
import { requests } from "../../i18n/en/requests";
import type { DemoOptions } from "../../test/demoPlatform";
import { openedRequest, REQUEST_ID, receiptText, requestText } from "../../test/demoRequests";
import { demoRuns } from "../../test/demoRuns";
import { dev, prod, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const PROD = `/permissions?account=%22${prod.id}%22&region=us-west-2`;
const DEV = `account=%22${dev.id}%22&region=us-west-2`;

/** Opens the dialog that opens a request, and pastes a text. */
async function open(text: string, handlers: DemoOptions["handlers"] = {}) {
  const app = renderApp(PROD, { handlers });
  const { user } = app;
  await user.click(await screen.findByTestId("request-open"));
  await user.click(await screen.findByTestId("request-open-text"));
  await user.paste(text);
  await user.click(screen.getByTestId("request-open-submit"));
  return app;
}

/** A run that is still writing, and a way to end it. */
function writing() {
  const run = { ...demoRuns()[0], id: "run-of-request", state: "running", error: null } as RunView;
  return { run, handlers: { run_plan: () => ({ run: run.id }), run: () => ({ ...run }) } };
}

describe("a request", () => {
  it("is written where the destination cannot be seen, for the rule's prefixes and with the reason", async () => {
    const { user, last } = renderApp(`/replication/edit?space=sandbox&${DEV}&prefixes=%5B%22prod-%22%5D`);
    await user.click(await screen.findByTestId("wizard-cross-account"));
    await user.type(screen.getByTestId("destination-account-0"), "777788889999");
    await user.click(screen.getByTestId("wizard-next"));
    await screen.findByTestId("wizard-step-filters");
    await user.click(screen.getByTestId("wizard-next"));
    await user.click(await screen.findByTestId("other-side-request-0"));
    const dialog = await screen.findByTestId("dialog-request-write");
    expect(await within(dialog).findByTestId("request-statement")).toHaveTextContent("prod-*");
    expect(last("write_request")).toBeUndefined();
    await user.type(within(dialog).getByTestId("request-reason"), " Releases {Enter}");
    const text = await screen.findByTestId("request-written");
    expect(last("write_request")).toEqual({
      statement: {
        registry: { space: "sandbox", account: "777788889999", region: "us-west-2" },
        statementType: "replicationCrossAccount",
        sid: "ReplicationAccessCrossAccount",
        accounts: [dev.id],
        prefixes: ["prod-"],
        allRepositories: false,
        createRepository: true,
      },
      reason: "Releases",
    });
    expect(text.textContent).toBe(requestText("777788889999"));
    await user.click(screen.getByTestId("request-written-copy-text"));
    expect(await navigator.clipboard.readText()).toBe(requestText("777788889999"));
    expect(screen.getByText(`request-${REQUEST_ID}.json`)).toBeVisible();
  });

  it("is offered on a rule whose destination is not connected, or cannot be read", async () => {
    const unseen = { space: "sandbox", account: "777788889999", region: "eu-west-1" } as const;
    const registries = [unseen, prodWest];
    const finding = (index: number, code: string, at = registries[index]) => ({
      code,
      severity: "warning" as const,
      field: `destinations[${index}]`,
      text: code,
      hint: null,
      ...(at ? { registry: at } : {}),
    });
    const destinations = registries.map((registry) => ({ registry, accountName: null }));
    const rule = { id: "rule-1", sentence: "All.", destinations, filters: [], deleteReplication: false };
    const findings = [finding(0, "permission-unseen"), finding(1, "permission-missing")];
    const { user, last } = renderApp(`/replication/rule?space=sandbox&${DEV}&rule=rule-1`, {
      handlers: {
        replication: (registry: unknown) => ({
          registry,
          document: "{}",
          rules: [{ ...rule, ours: true, repositories: 1, findings, json: "{}" }],
          destinationsUsed: 2,
          findings: [],
          asOf: new Date().toISOString(),
        }),
      },
    });
    // The account of this one is connected, so that its statement can be added.
    expect(await screen.findByTestId(`add-statement-${prod.id}-us-west-2`)).toBeVisible();
    expect(screen.queryByTestId(`write-request-${prod.id}-us-west-2`)).not.toBeInTheDocument();
    await user.click(screen.getByTestId("write-request-777788889999-eu-west-1"));
    await user.click(await screen.findByTestId("request-write-submit"));
    await screen.findByTestId("dialog-request-written");
    expect(last("write_request")).toMatchObject({
      statement: { registry: unseen, accounts: [dev.id], prefixes: [], allRepositories: true },
      reason: null,
    });
  });

  it("says who asks for what, is reviewed as a plan, and is answered by a receipt once it is written", async () => {
    const { run, handlers } = writing();
    const { user, last, platform } = await open(requestText(), handlers);
    const dialog = await screen.findByTestId("dialog-request-opened");
    expect(last("open_request")).toEqual({ space: "sandbox", text: requestText() });
    expect(dialog).toHaveTextContent("Request from Dev");
    expect(dialog).toHaveTextContent(`arn:aws:iam::${dev.id}:user/developer`);
    expect(dialog).toHaveTextContent("nothing proves who wrote it");
    expect(dialog).toHaveTextContent("Releases of prod-microservice.");
    expect(within(dialog).getByTestId("request-newly")).toHaveTextContent("ecr:ReplicateImage");
    expect(within(dialog).getByTestId("request-file").textContent).toBe(requestText());
    await waitFor(() => expect(screen.getByTestId("request-review")).toBeEnabled());
    await user.click(screen.getByTestId("request-review"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({ change: "putPolicy", registry: prodWest });
    // Back to the request, and to the plan again.
    await user.click(screen.getByTestId("plan-back"));
    await user.click(await screen.findByTestId("request-review"));
    await user.click(await screen.findByTestId("plan-run"));
    const answer = await screen.findByTestId("dialog-request-answer");
    expect(answer).toHaveAccessibleName(requests.answer.applying);
    expect(last("write_receipt")).toBeUndefined();
    run.state = "done";
    platform.emit({ event: "run", run: { ...run } });
    expect(await screen.findByTestId("receipt-says")).toHaveTextContent(requests.answer.all);
    expect(screen.getByTestId("receipt-written").textContent).toBe(receiptText("applied"));
    expect(screen.getByText(`request-${REQUEST_ID}.receipt.json`)).toBeVisible();
    expect(last("write_receipt")).toEqual({ space: "sandbox", text: requestText() });
  });

  it("gets no receipt when its run fails, and can be reviewed again", async () => {
    const { run, handlers } = writing();
    const { user, last, platform } = await open(requestText(), handlers);
    await waitFor(() => expect(screen.getByTestId("request-review")).toBeEnabled());
    await user.click(screen.getByTestId("request-review"));
    await user.click(await screen.findByTestId("plan-run"));
    await screen.findByTestId("dialog-request-answer");
    run.state = "failed";
    platform.emit({ event: "run", run: { ...run } });
    await user.click(await screen.findByTestId("request-back"));
    await waitFor(() => expect(screen.getByTestId("request-review")).toBeEnabled());
    expect(last("write_receipt")).toBeUndefined();
  });

  it("changes nothing when the registry allows it already, and says so", async () => {
    const nothing: RequestPlan = { registry: prodWest, change: null, notApplied: [] };
    const { user, last } = await open(requestText(), {
      open_request: (request: OpenRequest) => ({ ...openedRequest(request), newlyAllowed: [] }),
      plan_of_request: () => nothing,
    });
    expect(await screen.findByTestId("request-nothing")).toHaveTextContent(requests.open.nothingToChange);
    expect(screen.queryByTestId("request-review")).not.toBeInTheDocument();
    await user.click(screen.getByTestId("request-receipt"));
    expect(await screen.findByTestId("receipt-says")).toHaveAttribute("data-applied", "true");
    expect(last("plan")).toBeUndefined();
  });

  it("is reviewed by what the registry's policy is then", async () => {
    let asked = 0;
    const { user, last } = await open(requestText(), {
      plan_of_request: (): RequestPlan => {
        asked += 1;
        const text = `{"Statement":[${asked}]}`;
        return {
          registry: prodWest,
          change: { change: "putPolicy", registry: prodWest, text },
          notApplied: [],
        };
      },
    });
    await waitFor(() => expect(screen.getByTestId("request-review")).toBeEnabled());
    await user.click(screen.getByTestId("request-review"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({ text: `{"Statement":[${asked}]}` });
    expect(asked).toBe(2);
  });

  it("says what is left to do by hand", async () => {
    const byHand = ["The repository `prod-microservice`."];
    await open(requestText(), {
      plan_of_request: (): RequestPlan => ({ registry: prodWest, change: null, notApplied: byHand }),
    });
    expect(await screen.findByTestId("request-by-hand")).toHaveTextContent(
      "The repository prod-microservice.",
    );
  });

  it("for an account that is not connected says so, and what to do", async () => {
    const { user, last, router } = await open(requestText("777788889999"));
    const problem = await screen.findByTestId("request-problem");
    expect(problem).toHaveTextContent("Account 777788889999 has not been added.");
    expect(problem).toHaveTextContent("switch to AWS and open it again");
    expect(screen.getByTestId("request-review")).toBeDisabled();
    expect(screen.queryByText(requests.open.nothingNew)).not.toBeInTheDocument();
    expect(last("plan_of_request")).toBeUndefined();
    await user.click(screen.getByTestId("request-connect"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/settings"));
  });

  it("with an error cannot be applied, only declined", async () => {
    const { last } = await open(requestText(), {
      open_request: (request: OpenRequest) => ({
        ...openedRequest(request),
        findings: [
          { code: "principal-anyone", severity: "error", field: null, text: "Anyone may push.", hint: null },
        ],
      }),
    });
    expect(await screen.findByTestId("finding-principal-anyone")).toBeVisible();
    expect(screen.getByText(requests.open.cannotApply)).toBeVisible();
    expect(screen.getByTestId("request-review")).toBeDisabled();
    expect(screen.getByTestId("request-decline")).toBeEnabled();
    expect(last("plan_of_request")).toBeUndefined();
  });

  it("shows nothing hidden of what a stranger wrote", async () => {
    await open(requestText(), {
      open_request: (request: OpenRequest) => ({
        ...openedRequest(request),
        reason: "safe\u202etxt.exe",
        principal: "arn:aws:iam::1\u200b:user/x",
        unknownFields: ["zero\u200bwidth"],
      }),
    });
    const dialog = await screen.findByTestId("dialog-request-opened");
    expect(dialog).toHaveTextContent("safe\\u{202e}txt.exe");
    expect(dialog).toHaveTextContent("zero\\u{200b}width");
    expect(dialog.textContent).not.toMatch(/[\u202e\u200b]/);
  });
});
