import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { PolicyView, RegistryKey, RunView } from "../../api/types";
import { apiError } from "../../platform/fake";
import { policiesOfV1 } from "../../test/demoPermissions";
import type { DemoOptions } from "../../test/demoPlatform";
import { demoRuns } from "../../test/demoRuns";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const PROD = `/permissions?account=%22${prod.id}%22&region=us-west-2`;

describe("the policy as a document", () => {
  it("says line and column of a mistake, goes there, and cannot be written", async () => {
    const { user } = renderApp(`${PROD}&tab=document`);
    const editor = await screen.findByTestId<HTMLTextAreaElement>("policy-editor");
    await user.clear(editor);
    await user.click(editor);
    await user.paste('{\n  "Version": "2012-10-17",\n  "Statement": [1,]\n}');
    const place = await screen.findByTestId("policy-editor-error-place");
    expect(place).toHaveTextContent("Line 3, column 18");
    expect(editor).toBeInvalid();
    expect(screen.getByTestId("policy-review")).toBeDisabled();
    await user.click(place);
    expect(editor).toHaveFocus();
    const before = editor.value.slice(0, editor.selectionStart);
    expect(before.split("\n")).toHaveLength(3);
    expect(before.split("\n").at(-1)).toHaveLength(17);
  });

  it("is written as it was typed, after a review", async () => {
    const { user, last } = renderApp(`${PROD}&tab=document`);
    const editor = await screen.findByTestId("policy-editor");
    expect(screen.getByTestId("policy-review")).toBeDisabled();
    await user.clear(editor);
    await user.click(editor);
    await user.paste('{"Statement":[]}');
    await waitFor(() => expect(screen.getByTestId("policy-review")).toBeEnabled());
    await user.click(screen.getByTestId("policy-review"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({
      change: "putPolicy",
      text: '{"Statement":[]}',
      base: "base-1",
    });
  });

  it("shows what was there before it was replaced, and plans to restore it", async () => {
    const { user, last } = renderApp(`${PROD}&tab=document`);
    expect(await screen.findByTestId("kept-version")).toHaveTextContent("1 statement");
    await user.click(screen.getByTestId("kept-restore"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({ change: "restore", version: "version-1" });
  });
});

describe("the scope of the policy", () => {
  it("offers the upgrade from V1 and shows what it newly allows and denies", async () => {
    const { user, last } = renderApp(PROD, { handlers: { policy: policiesOfV1 } });
    expect(await screen.findByTestId("policy-scope")).toHaveTextContent("Scope V1");
    expect(screen.getByTestId("finding-action-without-effect")).toBeVisible();
    await user.click(screen.getByTestId("policy-scope-upgrade"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({
      change: "upgradePolicyScope",
      registry: { account: prod.id, region: "us-west-2" },
    });
    expect(screen.getByTestId("plan-newly")).toHaveTextContent("Allow account 777788889999 to pull images");
    expect(screen.getByTestId("plan-newly-denied")).toHaveTextContent("Forbid everyone to use");
    expect(screen.getByTestId("plan-run")).toHaveTextContent("Upgrade policy scope");
  });

  it("is V2 without an offer", async () => {
    renderApp(PROD);
    expect(await screen.findByTestId("policy-scope")).toHaveTextContent("Scope V2");
    expect(screen.queryByTestId("policy-scope-upgrade")).not.toBeInTheDocument();
  });

  it("is never V1 when it could not be read", async () => {
    const policy = (registry: RegistryKey): PolicyView => ({
      ...policiesOfV1(registry),
      scope: null,
      scopeProblem: apiError("access-denied", "ecr:GetAccountSetting is denied."),
    });
    renderApp(PROD, { handlers: { policy } });
    expect(await screen.findByTestId("policy-scope")).toHaveTextContent("Scope cannot be read");
    expect(screen.getByText(/ecr:GetAccountSetting is denied/)).toBeVisible();
    expect(screen.queryByTestId("policy-scope-upgrade")).not.toBeInTheDocument();
    expect(screen.getAllByTestId("statement-row")).toHaveLength(1);
  });
});

/** Types a draft of the policy, and begins the run that writes it. */
async function write() {
  const run = { ...demoRuns()[0], id: "run-of-draft", state: "running" } as RunView;
  const handlers: DemoOptions["handlers"] = { run_plan: () => ({ run: run.id }), run: () => ({ ...run }) };
  const shown = renderApp(`${PROD}&tab=document`, { handlers });
  const { user } = shown;
  const editor = await screen.findByTestId<HTMLTextAreaElement>("policy-editor");
  const before = editor.value;
  await user.clear(editor);
  await user.click(editor);
  await user.paste('{"Statement":[]}');
  await waitFor(() => expect(screen.getByTestId("policy-review")).toBeEnabled());
  await user.click(screen.getByTestId("policy-review"));
  await user.click(await screen.findByTestId("plan-run"));
  await waitFor(() => expect(screen.queryByTestId("dialog-plan")).not.toBeInTheDocument());
  const end = (state: RunView["state"]) => {
    run.state = state;
    shown.platform.emit({ event: "run", run: { ...run } });
  };
  return { ...shown, before, end, editor: () => screen.getByTestId<HTMLTextAreaElement>("policy-editor") };
}

describe("a draft that is being written", () => {
  it("is still there when the run that was to write it fails", async () => {
    const { editor, end, before } = await write();
    expect(editor().value).toBe('{"Statement":[]}');
    end("failed");
    await waitFor(() => expect(editor().value).toBe('{"Statement":[]}'));
    expect(screen.getByTestId("policy-discard")).toBeEnabled();
    // The draft disappears when the retried run has written it.
    end("done");
    await waitFor(() => expect(editor().value).toBe(before));
  });

  it("keeps what is typed after the run has begun", async () => {
    const { user, editor, end } = await write();
    await user.click(editor());
    await user.paste(" ");
    const typed = editor().value;
    end("done");
    await waitFor(() => expect(editor().value).toBe(typed));
  });
});

describe("paste and check", () => {
  it("adds to the draft that is being edited, and does not throw it away", async () => {
    const { user, last } = renderApp(`${PROD}&tab=document`);
    const editor = await screen.findByTestId<HTMLTextAreaElement>("policy-editor");
    await user.clear(editor);
    await user.click(editor);
    await user.paste('{"Statement":[{"Sid":"Typed"}]}');
    await user.click(screen.getByTestId("permissions-tab-paste"));
    await user.click(await screen.findByTestId("policy-paste"));
    await user.paste('{"Statement":[{"Sid":"Pasted"}]}');
    await user.click(await screen.findByTestId("policy-merge"));
    expect(last("merge_policy")).toMatchObject({ base: "base-1", draft: '{"Statement":[{"Sid":"Typed"}]}' });
    const merged = await screen.findByTestId<HTMLTextAreaElement>("policy-editor");
    const sids = JSON.parse(merged.value).Statement.map((each: { Sid: string }) => each.Sid);
    expect(sids).toEqual(["Typed", "Pasted"]);
  });

  it("does not leave another page when the answer comes late", async () => {
    let answer = () => {};
    const waits = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const merge_policy = async () => {
      await waits;
      return { text: "{}", base: "base-1", changedSince: [] };
    };
    const { user, router } = renderApp(`${PROD}&tab=paste`, { handlers: { merge_policy } });
    await user.click(await screen.findByTestId("policy-paste"));
    await user.paste('{"Statement":[{"Sid":"Pasted"}]}');
    await user.click(await screen.findByTestId("policy-merge"));
    await router.navigate({ to: "/replication" });
    await waitFor(() => expect(router.state.location.pathname).toBe("/replication"));
    answer();
    await waits;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(router.state.location.pathname).toBe("/replication");
  });

  it("fixes a statement from a guide and appends it to the policy", async () => {
    const { user, last } = renderApp(`${PROD}&tab=paste`);
    await user.click(await screen.findByTestId("policy-paste"));
    await user.paste('{"Sid":"Guide","Effect":"Allow","Action":"ecr:ReplicateImage"}');
    expect(await screen.findByTestId("finding-resource-missing")).toBeVisible();
    // A fix that would allow more is not in the fixed text until it is ticked.
    expect(screen.getByTestId("policy-mended")).not.toHaveTextContent("Resource");
    const fix = screen.getByTestId("policy-fix-resource-missing");
    expect(fix).toHaveAccessibleDescription(/Newly allows: Account 111122223333/);
    await user.click(fix);
    await waitFor(() => expect(screen.getByTestId("policy-mended")).toHaveTextContent("Resource"));
    await user.click(screen.getByTestId("policy-use-mended"));
    await user.click(await screen.findByTestId("policy-merge"));
    expect(last("merge_policy")).toMatchObject({ base: "base-1" });
    const editor = await screen.findByTestId<HTMLTextAreaElement>("policy-editor");
    const sids = JSON.parse(editor.value).Statement.map((each: { Sid: string }) => each.Sid);
    expect(sids).toEqual(["CentralScanning", "Guide"]);
  });
});

describe("generate statement", () => {
  it("shows errors at the fields, a free id when one is taken, and plans the addition", async () => {
    const { user, last } = renderApp(PROD);
    await user.click(await screen.findByTestId("statement-generate"));
    const sid = await screen.findByTestId("statement-sid");
    expect(sid).toHaveValue("ReplicationAccessCrossAccount");
    await user.type(screen.getByTestId("statement-accounts"), "11112222333");
    await waitFor(() => expect(screen.getByTestId("statement-accounts")).toBeInvalid());
    await user.type(screen.getByTestId("statement-accounts"), "3");
    await waitFor(() => expect(screen.getByTestId("statement-accounts")).toBeValid());
    await user.type(screen.getByTestId("statement-prefixes"), "prod-microservice");
    await user.clear(sid);
    await user.type(sid, "CentralScanning");
    const free = await screen.findByTestId("statement-free-sid");
    // It is shown once, where the free Sid is offered.
    expect(sid).toBeValid();
    expect(screen.getAllByText(/CentralScanning/, { selector: "p, li" })).toHaveLength(1);
    await user.click(free);
    expect(sid).toHaveValue("CentralScanning2");
    expect(await screen.findByTestId("statement-preview-json")).toHaveTextContent("prod-microservice*");
    await waitFor(() => expect(screen.getByTestId("statement-add")).toBeEnabled());
    await user.click(screen.getByTestId("statement-add"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({
      change: "addStatement",
      statement: {
        sid: "CentralScanning2",
        accounts: [dev.id],
        prefixes: ["prod-microservice"],
        allRepositories: false,
      },
    });
  });
});
