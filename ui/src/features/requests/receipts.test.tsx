import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { CheckedReceipt } from "../../api/types";
import { requests } from "../../i18n/en/requests";
import { apiError } from "../../platform/fake";
import type { DemoOptions } from "../../test/demoPlatform";
import { REQUEST_ID, receiptText } from "../../test/demoRequests";
import { dev, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const DEV = `account=%22${dev.id}%22&region=us-west-2`;

describe("a receipt", () => {
  async function check(text: string, handlers: DemoOptions["handlers"] = {}) {
    const app = renderApp(`/replication?${DEV}`, { handlers });
    await app.user.click(await screen.findByTestId("receipt-check"));
    await app.user.click(await screen.findByTestId("receipt-check-text"));
    await app.user.paste(text);
    await app.user.click(screen.getByTestId("receipt-check-submit"));
    return app;
  }

  it.each(["applied", "partly", "refused"] as const)(
    "that says %s leads to the next step",
    async (outcome) => {
      const { last } = await check(receiptText(outcome));
      expect(await screen.findByTestId("receipt-outcome")).toHaveTextContent(requests.check.outcome[outcome]);
      expect(screen.getByTestId("receipt-next")).toHaveTextContent(requests.check.next[outcome]);
      expect(screen.getByTestId("dialog-receipt-checked")).toHaveTextContent(REQUEST_ID);
      // What was added is said only when something was.
      expect(screen.queryAllByTestId("receipt-statement")).toHaveLength(outcome === "refused" ? 0 : 1);
      expect(last("check_receipt")).toEqual({ space: "sandbox", text: receiptText(outcome) });
    },
  );

  it("says when the statement is not the requested one", async () => {
    await check(receiptText("applied"), {
      check_receipt: (): CheckedReceipt => ({
        request: REQUEST_ID,
        registry: prodWest,
        outcome: "applied",
        asRequested: false,
        principal: null,
        applied: new Date().toISOString(),
        unknownFields: ["extra"],
      }),
    });
    expect(await screen.findByTestId("receipt-statement")).toHaveTextContent(requests.check.otherwise);
    expect(screen.getByTestId("dialog-receipt-checked")).toHaveTextContent("one field of the receipt: extra");
  });

  it("of a request that was not written here says so", async () => {
    await check(receiptText("applied"), {
      check_receipt: () => {
        throw apiError("request-unknown", `Request ${REQUEST_ID} was not written on this computer.`, {
          side: "input",
          hint: "Check the receipt where the request was written.",
        });
      },
    });
    expect(await screen.findByTestId("error-state")).toHaveTextContent("where the request was written");
    expect(screen.queryByTestId("dialog-receipt-checked")).not.toBeInTheDocument();
  });

  it("makes what is known of the destinations stale", async () => {
    const { platform } = await check(receiptText("applied"));
    await screen.findByTestId("dialog-receipt-checked");
    const calls = platform.calls.map(({ command }) => command);
    await waitFor(() =>
      expect(
        platform.calls.slice(calls.lastIndexOf("check_receipt")).map(({ command }) => command),
      ).toContain("replication"),
    );
  });
});
