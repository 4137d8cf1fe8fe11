import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Unhealed } from "../../api/types";
import { blankPlan, blankRun } from "../../test/blank";
import { devWest, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const digest = `sha256:${"1".repeat(64)}`;
const image = { repository: { registry: devWest, repository: "prod-api" }, digest };
const unhealed: Unhealed = {
  listed: [{ image, tag: "1", destination: prodWest, failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED" }],
  total: 3,
};

it("lists the failed replications that a policy allows", async () => {
  const plan = () => blankPlan({ title: "Add statement", unhealed });
  const { user } = renderApp("/images", { handlers: { plan } });
  await user.click(await screen.findByTestId("create-repository"));
  await user.type(await screen.findByTestId("create-name"), "new");
  await user.click(screen.getByTestId("dialog-create-repository-review"));

  const list = await screen.findByTestId("unhealed");
  expect(list).toHaveTextContent("3 failed replications that are not sent again");
  expect(list).toHaveTextContent("prod-api:1");
  expect(list).toHaveTextContent("DESTINATION_REGISTRY_ACCESS_DENIED");
  expect(list).toHaveTextContent("and 2 more");
  // Not yet: the policy is not written.
  expect(within(list).queryByTestId("unhealed-image-again")).toBeNull();
});

it("offers to send them again in the run that allowed them", async () => {
  const { user, platform } = renderApp("/activity?run=run-1", {
    runs: [blankRun({ title: "Add statement", unhealed })],
  });
  await user.click(await screen.findByTestId("unhealed-image-again"));
  const asked = platform.calls.filter((call) => call.command === "plan");
  expect(asked.at(-1)?.request).toEqual({ change: "replicateAgain", image, destination: prodWest });
});
