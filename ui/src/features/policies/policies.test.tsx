import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "../../test/renderApp";

const JOHNDOE = "arn:aws:iam::123456789012:user/johndoe";
const TYPO =
  '{\n  "Version": "2012-10-17",\n  "Statement": {"Effect": "Allow", "Action": "ecr:PutImagee", "Resource": "*"}\n}';

describe("building a policy", () => {
  it("shows the document once the form is filled in, and what its actions mean", async () => {
    const { user, last } = renderApp("/policies");
    // An empty form is not wrong yet.
    expect(await screen.findByText(/appears here once/)).toBeVisible();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
    await user.type(screen.getByTestId("policy-registries"), "123456789012/eu-central-1");
    await user.type(screen.getByTestId("policy-repositories"), "randserver");
    await waitFor(() =>
      expect(screen.getByTestId("policy-document")).toHaveTextContent("repository/randserver"),
    );
    expect(last("build_policy")).toMatchObject({
      kind: "push-pull",
      registries: ["123456789012/eu-central-1"],
      repositories: ["randserver"],
      prefixes: [],
      tag: null,
      principals: [],
    });
    expect(screen.getByText("Push a manifest and its tag.")).toBeVisible();
  });

  it("is never about every repository because none was named", async () => {
    const { user, last, platform } = renderApp("/policies");
    await user.type(await screen.findByTestId("policy-registries"), "123456789012/eu-central-1");
    await user.click(screen.getByTestId("policy-which-prefixes"));
    expect(screen.getByText(/appears here once/)).toBeVisible();
    expect(platform.calls.filter((call) => call.command === "build_policy")).toEqual([]);
    await user.click(screen.getByTestId("policy-which-all"));
    expect(await screen.findByTestId("policy-document")).toHaveTextContent("repository/*");
    expect(last("build_policy")).toMatchObject({ repositories: [], prefixes: [], tag: null });
  });

  it("names what is wrong at its field and shows no older document", async () => {
    const { user } = renderApp("/policies");
    await user.type(await screen.findByTestId("policy-registries"), "prod");
    await user.type(screen.getByTestId("policy-repositories"), "randserver");
    await waitFor(() => expect(screen.getByTestId("policy-registries")).toBeInvalid());
    expect(screen.queryByTestId("policy-document")).not.toBeInTheDocument();
  });

  it("sends only the fields that the kind has", async () => {
    const { user, last } = renderApp("/policies");
    await user.type(await screen.findByTestId("policy-repositories"), "randserver");
    await user.click(screen.getByTestId("policy-group"));
    await user.click(await screen.findByTestId("policy-group-trust"));
    await user.type(screen.getByTestId("policy-principals"), "111122223333");
    await waitFor(() => expect(last("build_policy")).toMatchObject({ principals: ["111122223333"] }));
    expect(last("build_policy")).toMatchObject({ kind: "trust-account", repositories: [], registries: [] });
    expect(screen.queryByTestId("policy-repositories")).not.toBeInTheDocument();
  });
});

describe("checking policies", () => {
  it("says where what is wrong, and fixes one finding", async () => {
    const { user } = renderApp("/policies?tab=check");
    const editor = await screen.findByTestId<HTMLTextAreaElement>("policies-text");
    await user.click(editor);
    await user.paste(TYPO);
    expect(await screen.findByTestId("finding-action-unknown")).toHaveTextContent("There is no action");
    expect(editor).toBeInvalid();
    await user.click(screen.getByRole("button", { name: "Line 3, column 13" }));
    expect(editor).toHaveFocus();
    await user.click(screen.getByTestId("policy-fix-0"));
    await waitFor(() => expect(editor.value).toContain('"ecr:PutImage"'));
    expect(await screen.findByText("No errors and no warnings")).toBeVisible();
    expect(editor).not.toBeInvalid();
  });
});

describe("asking policies", () => {
  it("goes from a built policy to who may do what", async () => {
    const { user, last } = renderApp("/policies");
    await user.type(await screen.findByTestId("policy-registries"), "123456789012/eu-central-1");
    await user.type(screen.getByTestId("policy-repositories"), "randserver");
    await user.click(await screen.findByTestId("policy-ask-it"));
    await user.type(await screen.findByTestId("ask-principal"), JOHNDOE);
    await user.type(screen.getByTestId("ask-repositories"), "randserver, other");
    const answers = await screen.findByTestId("ask-answers");
    expect(screen.getByTestId("ask-verdict-push-randserver")).toHaveTextContent("Allowed");
    const other = screen.getByTestId("ask-verdict-push-other");
    expect(within(other).getAllByText("Not allowed")[0]).toBeVisible();
    await user.click(within(other).getByText("Push", { exact: false }));
    expect(within(other).getByText("No statement of the identity policies allows it.")).toBeVisible();
    expect(answers).toHaveTextContent("Not given, and able to change the answer: the permissions boundary.");
    expect(last("ask_policies")).toMatchObject({
      principal: JOHNDOE,
      actions: ["pull", "push"],
      resources: ["randserver", "other"],
      documents: [{ layer: "identity", name: "push-pull" }],
    });
  });

  it("never answers without a policy", async () => {
    const { user, platform } = renderApp("/policies?tab=ask");
    await user.type(await screen.findByTestId("ask-principal"), JOHNDOE);
    await user.type(screen.getByTestId("ask-repositories"), "randserver");
    expect(screen.getByText(/Add at least one policy/)).toBeVisible();
    expect(platform.calls.filter((call) => call.command === "ask_policies")).toEqual([]);
  });
});
