import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import sizes from "../../../crates/engine/src/size.json";
import { i18next } from "../i18n";
import { apiError } from "../platform/fake";
import { ConfirmDialog } from "./ConfirmDialog";
import { Dialog } from "./Dialog";
import { DiffView } from "./DiffView";
import { Findings } from "./Findings";
import { formatAge, formatBytes, shortDigest, splitForEllipsis } from "./format";
import { Select } from "./Select";
import { ErrorState } from "./States";
import { SuggestField } from "./SuggestField";
import { TextField } from "./TextField";

it("ties a field to its error and hint", () => {
  const { rerender } = render(<TextField label="Name" hint="Lower case" />);
  const field = screen.getByRole("textbox", { name: "Name" });
  expect(field).toHaveAccessibleDescription("Lower case");
  expect(field).not.toHaveAttribute("aria-invalid");
  rerender(<TextField label="Name" hint="Lower case" error="Upper-case letters are not allowed" />);
  expect(field).toHaveAccessibleDescription("Upper-case letters are not allowed Lower case");
  expect(field).toHaveAttribute("aria-invalid", "true");
  expect(screen.getByRole("alert")).toHaveTextContent("Upper-case letters are not allowed");
});

it("goes ahead only when the name has been typed, with capitals or without", async () => {
  const onConfirm = vi.fn();
  render(
    <ConfirmDialog
      open
      onCancel={() => undefined}
      onConfirm={onConfirm}
      title="Reset"
      action="Reset it"
      typed="Prod"
    >
      All is lost.
    </ConfirmDialog>,
  );
  const button = screen.getByRole("button", { name: "Reset it" });
  const field = screen.getByRole("textbox");
  expect(button).toBeDisabled();
  await userEvent.type(field, "prof{Enter}");
  expect(button).toBeDisabled();
  expect(screen.getByRole("alert")).toHaveTextContent("This is not “Prod”.");
  expect(onConfirm).not.toHaveBeenCalled();
  await userEvent.clear(field);
  await userEvent.type(field, "prod ");
  await userEvent.click(button);
  expect(onConfirm).toHaveBeenCalledOnce();
});

const unread = apiError("unread", "The profiles cannot be read.");

function Refusing({ code }: { code: string }) {
  const [error, setError] = useState<unknown>(null);
  return (
    <Dialog
      open
      onClose={() => undefined}
      title="Connect"
      onSubmit={() => setError(apiError(code, "AWS refused the key."))}
      footer={<button type="submit">Connect</button>}
    >
      <TextField label="Name" />
      <ErrorState error={unread} compact />
      {error !== null && <ErrorState error={error} compact />}
    </Dialog>
  );
}

it("brings the error that answers a form into view, each time it is sent, and no other error", async () => {
  const shown: (string | null)[] = [];
  vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(function scrolled(this: Element) {
    shown.push(this.getAttribute("data-code"));
  });
  render(<Refusing code="refused" />);
  expect(shown).not.toContain("unread");
  for (const times of [1, 2]) {
    await userEvent.click(screen.getByRole("button", { name: "Connect" }));
    expect(shown.filter((code) => code === "refused")).toHaveLength(times);
  }
  expect(shown).not.toContain("unread");
});

function Regions() {
  const [value, setValue] = useState<"us-west-2" | "eu-west-1">("us-west-2");
  return (
    <Select
      label="Region"
      value={value}
      onChange={setValue}
      options={[
        { value: "us-west-2", label: "Oregon" },
        { value: "eu-west-1", label: "Ireland" },
      ]}
      data-testid="region"
    />
  );
}

it("chooses from a list by name", async () => {
  render(<Regions />);
  const trigger = screen.getByRole("combobox", { name: "Region" });
  expect(trigger).toHaveTextContent("Oregon");
  await userEvent.click(trigger);
  await userEvent.click(await screen.findByRole("option", { name: "Ireland" }));
  expect(trigger).toHaveTextContent("Ireland");
});

it("says a suggestion once whose value is its name", async () => {
  const suggestions = [
    { value: "444455556666/us-west-2", label: "Prod / us-west-2" },
    { value: "harbor.example.com", label: "harbor.example.com" },
  ];
  render(<SuggestField label="To" value="" onChange={() => undefined} suggestions={suggestions} />);
  await userEvent.click(screen.getByRole("combobox", { name: "To" }));
  const [prod, harbor] = await screen.findAllByRole("option");
  expect(prod).toHaveTextContent(/^444455556666\/us-west-2Prod \/ us-west-2$/);
  expect(harbor).toHaveTextContent(/^harbor\.example\.com$/);
});

it("counts what comes and goes in a document", () => {
  render(<DiffView name="Policy" before={"{\n}"} after={'{\n  "a": 1\n}'} />);
  expect(screen.getByText("+1 line")).toBeVisible();
  expect(screen.getByRole("region", { name: "Policy" })).toHaveTextContent("Added:");
});

it("shows what went wrong, on which side, and the way out", async () => {
  const onRetry = vi.fn();
  render(
    <ErrorState
      error={{
        code: "denied",
        message: "Prod refused.",
        hint: "Add the statement.",
        side: "destination",
        field: null,
      }}
      onRetry={onRetry}
    />,
  );
  expect(screen.getByRole("alert")).toHaveTextContent("Prod refused.Add the statement.Destination");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(onRetry).toHaveBeenCalledOnce();
});

it("puts the worst finding first", () => {
  const finding = (code: string, severity: "note" | "warning" | "error") => ({
    code,
    severity,
    text: code,
    field: null,
    hint: null,
  });
  render(<Findings findings={[finding("n", "note"), finding("e", "error"), finding("w", "warning")]} />);
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["e", "w", "n"]);
});

it("writes bytes in decimal units with three figures, as the command line does", () => {
  expect(sizes.length).toBeGreaterThan(10);
  for (const [bytes, text] of sizes) {
    expect(formatBytes(Number(bytes))).toBe(text);
  }
});

it("writes ages in the largest unit that fits", () => {
  const now = Date.parse("2026-11-20T12:00:00Z");
  const age = (text: string) => formatAge(new Date(text), now, i18next.t);
  expect(age("2026-11-20T11:59:50Z")).toBe("just now");
  expect(age("2026-11-20T11:30:00Z")).toBe("30 min ago");
  expect(age("2026-11-20T09:00:00Z")).toBe("3 h ago");
  expect(age("2026-11-19T12:00:00Z")).toBe("1 day ago");
  expect(age("2026-08-20T12:00:00Z")).toBe("3 months ago");
});

it("cuts digests and names without losing what tells them apart", () => {
  expect(shortDigest(`sha256:${"ab".repeat(32)}`)).toBe("abababababab");
  expect(splitForEllipsis("team/very-long-service-name-worker")).toEqual([
    "team/very-long-service",
    "-name-worker",
  ]);
  expect(splitForEllipsis("ab").join("")).toBe("ab");
});
