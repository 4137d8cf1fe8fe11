import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { AskIam, GetIam, IamAnswers, IamView } from "../../../api/types";
import { apiError } from "../../../platform/fake";
import { renderApp } from "../../../test/renderApp";

const IAM = "/policies?tab=iam";
const ACCOUNT = "111122223333";
const REGISTRY = { space: "sandbox", account: ACCOUNT };

const denied = (action: string) =>
  apiError("access-denied", `The account denied ${action}.`, { hint: `Grant \`${action}\` to johndoe.` });

function user(given: Partial<IamView>): (request: GetIam) => IamView {
  return ({ of }) => ({
    of,
    arn: `arn:aws:iam::${ACCOUNT}:user/${of.name}`,
    created: null,
    boundary: null,
    trust: null,
    attached: [],
    inline: [],
    groups: [],
    members: null,
    keys: [],
    problems: [],
    locked: false,
    ...given,
  });
}

describe("users, groups and roles", () => {
  it("lists them by account and finds one by its name", async () => {
    const { user: person, last } = renderApp(IAM);
    await screen.findByTestId("iam-row-johndoe");
    expect(last("iam_list")).toMatchObject({ registry: REGISTRY, list: "users" });
    await person.type(screen.getByTestId("iam-filter"), "john");
    expect(screen.queryByTestId("iam-row-administrator")).not.toBeInTheDocument();
    await person.type(screen.getByTestId("iam-filter"), "x");
    expect(screen.getByText("No name matches the filter.")).toBeVisible();
    await person.click(screen.getByTestId("iam-list"));
    await person.click(await screen.findByTestId("iam-list-groups"));
    await screen.findByTestId("iam-row-randserver-developers");
    expect(last("iam_list")).toMatchObject({ list: "groups" });
  });

  it("names the action that is missing instead of an empty list", async () => {
    renderApp(IAM, {
      handlers: {
        iam_list: () => {
          throw denied("iam:ListUsers");
        },
      },
    });
    expect(await screen.findByText("iam:ListUsers", { exact: false, selector: "code" })).toBeVisible();
    expect(screen.queryByText("This account has no users.")).not.toBeInTheDocument();
  });

  it("never says none of what could not be read", async () => {
    const problems = [denied("iam:ListAttachedUserPolicies"), denied("iam:ListAccessKeys")];
    const handlers = { iam_entity: user({ attached: null, keys: null, problems }) };
    const { user: person } = renderApp(IAM, { handlers });
    await person.click(await screen.findByTestId("iam-row-johndoe"));
    const attached = await screen.findByTestId("iam-attached");
    expect(attached).toHaveTextContent("Could not be read.");
    expect(attached).not.toHaveTextContent("No policy is attached.");
    expect(screen.getByTestId("iam-keys")).toHaveTextContent("Could not be read.");
    expect(screen.getByTestId("iam-groups")).toHaveTextContent("In no group.");
    expect(screen.getAllByTestId("error-state")).toHaveLength(2);
  });

  it("offers no change of the user who manages the account", async () => {
    const { user: person } = renderApp(IAM);
    await person.click(await screen.findByTestId("iam-row-administrator"));
    expect(await screen.findByText(/This user manages the account/)).toBeVisible();
    for (const id of ["iam-attach", "iam-delete", "iam-key-create", "iam-inline-write", "iam-join"]) {
      expect(screen.queryByTestId(id)).not.toBeInTheDocument();
    }
  });

  it("says what a user may do, and nothing while a policy cannot be read", async () => {
    let unread = false;
    const ask = ({ actions, repositories }: AskIam): IamAnswers => ({
      problems: unread ? [denied("iam:GetPolicyVersion")] : [],
      answers: unread
        ? []
        : actions.flatMap((asked) =>
            repositories.map((resource) => ({
              asked,
              action: "ecr:PutImage",
              resource,
              decision: resource === "randserver" ? ("allowed" as const) : ("notAllowed" as const),
              reason: "Because.",
              unseen: [],
              ignored: [],
              keys: [],
            })),
          ),
    });
    const { user: person, last } = renderApp(IAM, { handlers: { ask_iam: ask } });
    await person.click(await screen.findByTestId("iam-row-johndoe"));
    const field = await screen.findByTestId("iam-may-repositories");
    await person.type(field, "randserver, other");
    expect(await screen.findByTestId("ask-verdict-push-randserver")).toHaveTextContent("Allowed");
    expect(screen.getByTestId("ask-verdict-push-other")).toHaveTextContent("Not allowed");
    expect(last("ask_iam")).toMatchObject({
      of: { kind: "user", name: "johndoe" },
      actions: ["pull", "push", "delete"],
    });
    unread = true;
    await person.type(field, ", third");
    expect(await screen.findByText(/so nothing is answered/)).toBeVisible();
    expect(screen.queryByTestId("ask-answers")).not.toBeInTheDocument();
  });

  it("creates a built policy and attaches it as one plan", async () => {
    const { user: person, last } = renderApp("/policies");
    await person.type(await screen.findByTestId("policy-registries"), `${ACCOUNT}/us-west-2`);
    await person.type(screen.getByTestId("policy-repositories"), "randserver");
    await person.click(await screen.findByTestId("policy-create-it"));
    const dialog = await screen.findByTestId("dialog-iam-policy");
    expect(within(dialog).getByTestId<HTMLTextAreaElement>("iam-policy-text").value).toContain("randserver");
    await person.type(screen.getByTestId("iam-policy-name"), "Push");
    await person.type(screen.getByTestId("iam-policy-attach"), "group/randserver-developers, role/task");
    await person.click(screen.getByTestId("dialog-iam-policy-review"));
    await screen.findByTestId("plan-run");
    expect(screen.getByTestId("plan-run")).toHaveTextContent("Create policy");
    expect(last("plan")).toMatchObject({
      change: "iam",
      registry: REGISTRY,
      iam: {
        act: "createPolicy",
        name: "Push",
        attach: [
          { kind: "group", name: "randserver-developers" },
          { kind: "role", name: "task" },
        ],
      },
    });
  });

  it("shows an error at the name that it is about", async () => {
    const text = "Dev has no group `nowhere`.";
    const { user: person } = renderApp(IAM, {
      handlers: {
        plan: () => {
          throw apiError("iam-not-found", text, { field: "with[0]", side: "input" });
        },
      },
    });
    await person.click(await screen.findByTestId("iam-create"));
    await person.type(await screen.findByTestId("iam-name"), "johndoe");
    await person.type(screen.getByTestId("iam-with"), "nowhere");
    await person.click(screen.getByTestId("dialog-iam-create-review"));
    await waitFor(() => expect(screen.getByTestId("iam-with")).toBeInvalid());
    expect(screen.getByTestId("iam-with")).toHaveAccessibleDescription(expect.stringContaining("no group"));
  });

  it("shows the secret of a new key once and does not keep it", async () => {
    const { user: person, platform } = renderApp(IAM);
    await person.click(await screen.findByTestId("iam-row-johndoe"));
    await person.click(await screen.findByTestId("iam-key-create"));
    await person.click(await screen.findByTestId("plan-run"));
    expect(await screen.findByTestId("iam-new-key-secret")).toHaveTextContent("example-secret");
    await person.click(screen.getByTestId("iam-new-key-done"));
    await waitFor(() => expect(screen.queryByTestId("iam-new-key-secret")).not.toBeInTheDocument());
    expect(platform.calls.filter((call) => call.command === "take_key")).toHaveLength(1);
  });
});
