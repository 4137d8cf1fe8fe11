import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ReplicationView } from "../../api/types";
import { finding } from "../../test/demoReplication";
import { dev, devWest, prod, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const destinations = [prodWest, { ...prodWest, region: "eu-west-1" }];

function lacking(): ReplicationView {
  return {
    registry: devWest,
    document: "{}",
    destinationsUsed: 2,
    findings: [],
    asOf: new Date().toISOString(),
    rules: [
      {
        id: "rule-1",
        sentence: "Every image of `prod-` is replicated.",
        destinations: destinations.map((registry) => ({ registry, accountName: "Prod" })),
        filters: ["prod-microservice"],
        deleteReplication: false,
        ours: true,
        repositories: 1,
        findings: destinations.map((registry, index) => ({
          ...finding("permission-missing", "", "444455556666 does not allow it.", { severity: "warning" }),
          field: `destinations[${index}]`,
          registry,
        })),
        json: "{}",
      },
    ],
  };
}

describe("a rule whose destinations do not allow it", () => {
  it("says so once for all of them, each with a link to its statement", async () => {
    const { user, last } = renderApp(`/replication?account=%22${dev.id}%22&region=us-west-2`, {
      handlers: { replication: lacking },
    });
    const card = await screen.findByTestId("lacking-permission-missing");
    expect(screen.getAllByTestId("lacking-permission-missing")).toHaveLength(1);
    expect(card).toHaveTextContent("2 destinations do not allow the account to replicate");
    expect(screen.queryByText("444455556666 does not allow it.")).not.toBeInTheDocument();
    await user.click(within(card).getByTestId(`add-statement-${prod.id}-us-west-2`));

    const form = await screen.findByTestId("dialog-generate");
    expect(within(form).getByTestId("statement-accounts")).toHaveValue(dev.id);
    expect(within(form).getByTestId("statement-prefixes")).toHaveValue("prod-microservice");
    await waitFor(() =>
      expect(last("preview_statement")).toMatchObject({
        registry: prodWest,
        prefixes: ["prod-microservice"],
      }),
    );
  });
});
