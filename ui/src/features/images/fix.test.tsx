import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { RegistryKey, ReplicationView } from "../../api/types";
import { replicationHandlers } from "../../test/demoReplication";
import { dev, devWest, digest, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const IMAGE = `/images/repository?space=sandbox&account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice&image=${digest("prod-microservice19")}`;

/** Plans the fix of a failed image, whose registry has the demo's rule with other filters, or no rule. */
async function fix(filters: string[] | null) {
  const read = replicationHandlers().replication as (registry: RegistryKey) => ReplicationView;
  const view = read(devWest);
  const rules = filters === null ? [] : view.rules.map((rule) => ({ ...rule, filters }));
  const { user, last } = renderApp(IMAGE, { handlers: { replication: () => ({ ...view, rules }) } });
  await user.click(await screen.findByTestId("replication-fix"));
  await screen.findByTestId("dialog-plan");
  await waitFor(() => expect(last("plan")).toMatchObject({ change: "addStatement" }));
  return last("plan");
}

describe("“Fix…” at an image that failed", () => {
  it("allows the prefixes of the rule, and not only the repository of the image", async () => {
    expect(await fix(["prod-", "shared/"])).toMatchObject({
      statement: {
        registry: prodWest,
        accounts: [dev.id],
        prefixes: ["prod-", "shared/"],
        allRepositories: false,
      },
    });
  });

  it("allows every repository where the rule has no filter", async () => {
    expect(await fix([])).toMatchObject({ statement: { prefixes: [], allRepositories: true } });
  });

  it("allows the repository of the image where the rule is gone", async () => {
    expect(await fix(null)).toMatchObject({
      statement: { prefixes: ["prod-microservice"], allRepositories: false },
    });
  });
});
