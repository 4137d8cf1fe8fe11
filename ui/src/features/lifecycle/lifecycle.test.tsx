import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { dev } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { acting, added, counted, moved, type Rule, rulesOf, TEMPLATES, tagged, textOf } from "./rules";

const PAGE = `/images/lifecycle?space=sandbox&account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice`;

describe("rules of a lifecycle policy", () => {
  const two = added(added([], TEMPLATES.untagged), TEMPLATES.keep);

  it("change places by swapping their priorities", () => {
    expect(two.map(({ rulePriority }) => rulePriority)).toEqual([10, 20]);
    const swapped = moved(two, 1, -1);
    expect(swapped.map(({ rulePriority, selection }) => [rulePriority, selection.tagStatus])).toEqual([
      [10, "any"],
      [20, "untagged"],
    ]);
    expect(moved(two, 0, -1)).toEqual(two);
  });

  it("keep what the form does not know", () => {
    const rule = { ...two[0], description: "old", note: 7 } as unknown as Rule;
    const next = acting(counted(tagged(rule, "tagged"), "imageCountMoreThan"), "transition");
    expect(next).toEqual({
      rulePriority: 10,
      description: "old",
      note: 7,
      selection: {
        tagStatus: "tagged",
        tagPatternList: ["*"],
        countType: "imageCountMoreThan",
        countNumber: 1,
      },
      action: { type: "transition", targetStorageClass: "archive" },
    });
    expect(rulesOf(textOf('{"rules":[],"more":true}', [next]))).toEqual([next]);
    expect(textOf('{"rules":[],"more":true}', [next])).toContain('"more": true');
  });

  it("are not read out of something else", () => {
    for (const text of ["[", "[]", '{"rules":{}}', '{"rules":[{"destinations":[]}]}']) {
      expect(rulesOf(text)).toBeNull();
    }
    expect(rulesOf("  ")).toEqual([]);
  });
});

describe("the lifecycle policy of a repository", () => {
  it("is edited by rule, tried at a later day, and written as a plan", async () => {
    const { user, last } = renderApp(PAGE);
    expect(await screen.findByTestId("lifecycle-preview")).toHaveTextContent("All 20 images are kept.");
    await user.click(screen.getByTestId("lifecycle-edit-10"));
    const number = screen.getByTestId("lifecycle-rule-10-number");
    await user.clear(number);
    await user.type(number, "5");
    await waitFor(() => expect(screen.getByTestId("lifecycle-expired")).toHaveTextContent("1 of 20"));
    fireEvent.change(screen.getByTestId("lifecycle-days"), { target: { value: "3" } });
    await waitFor(() => expect(last("preview_lifecycle")).toMatchObject({ days: 7 }));
    await user.click(screen.getByTestId("lifecycle-review"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({
      change: "putLifecycle",
      repositories: [{ repository: "prod-microservice" }],
      base: "lifecycle-1",
    });
    expect((last("plan") as { text: string }).text).toContain('"countNumber": 5');
  });

  it("cannot be written while its text has errors, and keeps the text", async () => {
    const { user } = renderApp(PAGE);
    const editor = await screen.findByTestId<HTMLTextAreaElement>("lifecycle-text");
    await user.clear(editor);
    await user.click(editor);
    await user.paste('{\n "rules": [1,]}');
    expect(await screen.findByText("This is not JSON.")).toBeVisible();
    expect(screen.getByText(/cannot|not a lifecycle policy that can be edited/)).toBeVisible();
    expect(screen.getByTestId("lifecycle-review")).toBeDisabled();
    expect(screen.getByText(/appears here for a policy without errors/)).toBeVisible();
    await user.click(screen.getByTestId("lifecycle-discard"));
    expect(editor.value).toContain('"countNumber": 800');
  });

  it("follows a change elsewhere, and never over a draft", async () => {
    let number = 800;
    const keep = () =>
      JSON.stringify({ rules: added([], TEMPLATES.keep) }, null, 2).replace("800", `${number}`);
    const { user } = renderApp(PAGE, {
      handlers: { lifecycle: () => ({ document: keep(), base: `base-${number}` }) },
    });
    const editor = await screen.findByTestId<HTMLTextAreaElement>("lifecycle-text");
    number = 700;
    await waitFor(() => expect(editor.value).toContain("700"), { timeout: 8_000 });
    await user.click(screen.getByTestId("lifecycle-add"));
    await user.click(await screen.findByTestId("lifecycle-add-menu-untagged"));
    number = 600;
    await user.click(await screen.findByTestId("lifecycle-reopen", {}, { timeout: 8_000 }));
    expect(editor.value).toContain("600");
    expect(screen.queryByTestId("lifecycle-reopen")).not.toBeInTheDocument();
  }, 30_000);

  it("says that there is none, and begins with a template", async () => {
    const { user } = renderApp(PAGE, { handlers: { lifecycle: () => ({ document: null, base: "none" }) } });
    expect(await screen.findByText(/has no lifecycle policy/)).toBeVisible();
    expect(screen.queryByTestId("lifecycle-delete")).not.toBeInTheDocument();
    await user.click(screen.getByTestId("lifecycle-add"));
    await user.click(await screen.findByTestId("lifecycle-add-menu-releases"));
    expect(await screen.findByTestId("lifecycle-rule-10")).toBeVisible();
    await waitFor(() => expect(screen.getByTestId("lifecycle-review")).toBeEnabled());
  });
});
