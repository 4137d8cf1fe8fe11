import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { CheckedReceipt, Readiness, ReplicationView, StatedPermission } from "../../api/types";
import { readinessCheck } from "../../test/demoReadiness";
import { replicationHandlers } from "../../test/demoReplication";
import { demoStated, REQUEST_ID, receiptText } from "../../test/demoRequests";
import { dev, devWest, prod, prodWest, registry } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const ROW = `stated-${prod.id}-us-west-2`;

/** The first rule of the demo, with what is stated about its destinations. */
function view(...stated: (StatedPermission | undefined)[]): ReplicationView {
  const read = replicationHandlers().replication as (request: unknown) => ReplicationView;
  const first = read(devWest);
  const destinations = stated.map((one, index) => ({
    registry: registry(prod.id, ["us-west-2", "us-east-2", "eu-west-1"][index] ?? "eu-west-1"),
    accountName: "Prod",
    ...(one ? { stated: one } : {}),
  }));
  return { ...first, rules: first.rules.slice(0, 1).map((rule) => ({ ...rule, destinations })) };
}

const show = (...stated: (StatedPermission | undefined)[]) =>
  renderApp(`/replication?${WEST}`, { handlers: { replication: () => view(...stated) } });

describe("the card of a rule", () => {
  it("says when and by which receipt the destination's administrator applied the request", async () => {
    show(demoStated());
    const row = await screen.findByTestId(ROW);
    expect(screen.getByTestId("stated-applied")).toHaveTextContent("has applied the request for this rule");
    expect(row).toHaveTextContent(`by the receipt of request ${REQUEST_ID}`);
    expect(row).toHaveTextContent(`of arn:aws:iam::${prod.id}:user/administrator`);
    expect(within(row).getByRole("time")).toBeVisible();
    expect(within(row).getByTestId("stated-seen")).toHaveTextContent("Longshore has not read the policy");
    expect(within(row).queryByTestId("stated-missing")).not.toBeInTheDocument();
  });

  it("says what is still missing", async () => {
    show(
      demoStated({ missing: ["`ecr:CreateRepository` on `prod-microservice*`"] }),
      demoStated({ receipt: null, missing: ["`ecr:ReplicateImage` on `prod-microservice*`"] }),
      undefined,
    );
    const partly = await screen.findByTestId("stated-partly");
    expect(within(partly).getByTestId("stated-missing")).toHaveTextContent(
      "Still missing: ecr:CreateRepository on prod-microservice*",
    );
    expect(screen.getByTestId("stated-waiting")).toHaveTextContent("Still missing: ecr:ReplicateImage");
    expect(screen.queryByTestId("stated-applied")).not.toBeInTheDocument();
  });

  it("says that a request was declined, and does not call what was read a claim", async () => {
    const { receipt } = demoStated();
    show(
      demoStated({ receipt: receipt && { ...receipt, outcome: "refused" }, missing: ["all"] }),
      demoStated({ seen: true }),
    );
    expect(await screen.findByTestId("stated-refused")).toHaveTextContent("has declined the request");
    expect(within(screen.getByTestId("stated-applied")).getByTestId("stated-seen")).toHaveTextContent(
      "Longshore has also read the policy.",
    );
  });

  it("shows the receipt as soon as it was checked", async () => {
    let stated: StatedPermission | undefined;
    const { user } = renderApp(`/replication?${WEST}`, {
      handlers: {
        replication: () => view(stated),
        check_receipt: (): CheckedReceipt => {
          stated = demoStated();
          return {
            request: REQUEST_ID,
            registry: prodWest,
            outcome: "applied",
            asRequested: true,
            principal: null,
            applied: new Date().toISOString(),
            unknownFields: [],
          };
        },
      },
    });
    await user.click(await screen.findByTestId("receipt-check"));
    expect(screen.queryByTestId(ROW)).not.toBeInTheDocument();
    await user.click(await screen.findByTestId("receipt-check-text"));
    await user.paste(receiptText("applied"));
    await user.click(screen.getByTestId("receipt-check-submit"));
    await user.click(await screen.findByTestId("receipt-rules"));
    expect(await screen.findByTestId(ROW)).toHaveTextContent(REQUEST_ID);
  });
});

it("readiness says that a statement is stated by receipt, and never that it is OK", async () => {
  const readiness: Readiness = {
    ready: true,
    rules: [
      {
        rule: "rule-1",
        sentence: "Every image is replicated.",
        ready: true,
        checks: [
          readinessCheck({ id: "identity", place: "source", registry: devWest }),
          readinessCheck({
            id: "told-by-receipt",
            outcome: "stated",
            text: "The administrator states that Prod allows this.",
            evidence: [{ request: `The receipt of request ${REQUEST_ID}`, answer: receiptText("applied") }],
          }),
        ],
      },
    ],
  };
  const { user } = renderApp(`/replication/readiness?space=sandbox&${WEST}`, {
    handlers: { readiness: () => readiness },
  });
  const check = await screen.findByTestId("readiness-check");
  expect(check).toHaveAttribute("data-outcome", "stated");
  expect(check).toHaveTextContent("Stated by receipt");
  const summary = screen.getByTestId("rule-summary");
  expect(summary).toHaveTextContent("Ready, as stated by receipt");
  expect(summary).not.toHaveAttribute("data-status", "complete");
  expect(screen.getByTestId("checks-ok")).toHaveTextContent("1 check is OK");
  await user.click(within(check).getByTestId("check-evidence"));
  await waitFor(() => expect(screen.getByTestId("check-answer")).toHaveTextContent("receipt/1"));
});
