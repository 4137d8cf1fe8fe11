import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { KeptVersion } from "../../api/types";
import { dev, devWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

function keptVersions(): KeptVersion[] {
  const at = new Date(Date.now() - 3_600_000).toISOString();
  return [
    {
      version: { id: "version-7", kind: "replication configuration", registry: devWest, at },
      replacedBy: "Add rule",
      parts: 2,
      none: false,
    },
  ];
}

it("the replication document shows what was there before it was replaced, and plans to restore it", async () => {
  const { user, last } = renderApp(`/replication?account=%22${dev.id}%22&region=us-west-2&tab=document`, {
    handlers: { kept_versions: keptVersions },
  });
  expect(await screen.findByTestId("kept-version")).toHaveTextContent("2 rules");
  expect(last("kept_versions")).toMatchObject({ registry: devWest, document: "replication" });
  await user.click(screen.getByTestId("kept-restore"));
  await screen.findByTestId("dialog-plan");
  expect(last("plan")).toMatchObject({ change: "restore", version: "version-7" });
});
