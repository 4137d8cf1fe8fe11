import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { apiError } from "../platform/fake";
import { devWest } from "../test/demoWorld";
import { renderApp } from "../test/renderApp";
import { fileName } from "./fileName";

const EXPORT = `/replication?account=%22${devWest.account}%22&region=us-west-2&tab=export`;

describe("a whole document", () => {
  it("is saved as a file, exactly as it is copied, and says where", async () => {
    const { user, last } = renderApp(EXPORT);
    const text = await screen.findByTestId("export-text");
    await user.click(screen.getByTestId("export-text-save"));
    const saved = await screen.findByTestId("file-saved");
    expect(saved).toHaveTextContent("~/Downloads/replication.sh");
    expect(last("save_text")).toEqual({ name: "replication.sh", text: text.textContent });
    expect(within(saved).getByRole("button", { name: "Copy path" })).toBeVisible();
  });

  it("that is another one now is not called saved", async () => {
    const { user } = renderApp(EXPORT);
    await user.click(await screen.findByTestId("export-text-save"));
    await screen.findByTestId("file-saved");
    await user.click(screen.getByTestId("export-terraform"));
    await waitFor(() => expect(screen.getByTestId("export-text")).toHaveTextContent("resource"));
    expect(screen.queryByTestId("file-saved")).not.toBeInTheDocument();
  });

  it("that cannot be saved says why, and is tried again", async () => {
    let full = true;
    const save_text = () => {
      if (full) throw apiError("file-unwritable", "The file cannot be written: no space left.");
      return { path: "/home/me/\u202efile.sh" };
    };
    const { user } = renderApp(EXPORT, { handlers: { save_text } });
    await user.click(await screen.findByTestId("export-text-save"));
    const error = await screen.findByTestId("error-state");
    expect(error).toHaveAttribute("data-code", "file-unwritable");
    full = false;
    await user.click(within(error).getByTestId("error-retry"));
    expect(await screen.findByTestId("file-saved")).toHaveTextContent("/home/me/\\u{202e}file.sh");
    expect(screen.queryByTestId("error-state")).not.toBeInTheDocument();
  });
});

it.each([
  [["policy", "111122223333", "us-west-2"], "policy-111122223333-us-west-2.json"],
  [["../../.bashrc"], "bashrc.json"],
  [["statement", "Zoë's \u202e/ copy"], "statement-Zo-s-copy.json"],
  [["…"], "file.json"],
  [["a".repeat(300)], `${"a".repeat(115)}.json`],
])("a file's name made of %j has nothing that leads elsewhere", (parts, name) => {
  expect(fileName("json", ...parts)).toBe(name);
});
