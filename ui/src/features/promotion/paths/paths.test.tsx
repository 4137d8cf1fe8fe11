import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { shopText } from "../../../test/demoPromotion";
import { renderApp } from "../../../test/renderApp";

const PATH = "/promotion/path?space=sandbox&path=shop";

describe("the file of a path", () => {
  it("begins with an example in registries that there are, and is saved", async () => {
    const { user, last, router } = renderApp("/promotion/path?space=sandbox");
    const text = await screen.findByTestId("path-text");
    expect(text).toHaveTextContent("111122223333/us-west-2");
    await waitFor(() => expect(screen.getByTestId("path-save")).toBeEnabled());
    await user.click(screen.getByTestId("path-save"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/promotion"));
    expect(last("apply_paths")).toMatchObject({ checkOnly: false });
  });

  it("names the line and column of what is wrong, goes there, and is not saved", async () => {
    const { user } = renderApp(PATH);
    const text = await screen.findByTestId<HTMLTextAreaElement>("path-text");
    expect(text).toHaveValue(shopText);
    await user.clear(text);
    await user.click(text);
    await user.paste("paths:\n    wrong: 1\n");
    await user.click(await screen.findByRole("button", { name: "Line 2, column 5" }));
    expect(text.selectionStart).toBe("paths:\n    ".length);
    expect(screen.getByTestId("path-save")).toBeDisabled();
  });

  it("says what saving it changes", async () => {
    renderApp(PATH);
    expect(await screen.findByText(/1 path, without errors · shop is changed/)).toBeVisible();
  });

  it("is removed only once that is confirmed", async () => {
    const { user, last } = renderApp(PATH);
    await user.click(await screen.findByTestId("path-remove"));
    expect(screen.getByTestId("dialog-remove-path")).toHaveTextContent("The record and the images stay.");
    expect(last("remove_path")).toBeUndefined();
    await user.click(screen.getByTestId("confirm-action"));
    await waitFor(() => expect(last("remove_path")).toEqual({ space: "sandbox", name: "shop" }));
  });

  it("shows what a gate runs, and trusts it only once that is confirmed", async () => {
    const { user, last } = renderApp(PATH);
    await user.click(await screen.findByTestId("trust-9f3c9f3c9f3c"));
    expect(screen.getByTestId("dialog-trust")).toHaveTextContent("./smoke-test --stage production");
    await user.click(screen.getByTestId("confirm-action"));
    await waitFor(() => expect(last("trust_gate")).toMatchObject({ hash: "9f3c".repeat(16), trust: true }));
  });
});
