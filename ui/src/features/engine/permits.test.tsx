import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { EngineRuleView, Guard } from "../../api/types";
import { engineHandlers } from "../../test/demoEngine";
import { demoGuard, demoPermit, scheduledRule } from "../../test/demoGuard";
import { dev, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

function show(guard: Guard, rule: EngineRuleView = scheduledRule()) {
  return renderApp(`/replication?account=%22${dev.id}%22&region=us-west-2`, {
    guard,
    handlers: engineHandlers([rule]),
  });
}

const card = () => screen.findByTestId("engine-rule");
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

describe("a scheduled rule that writes to production", () => {
  it("says that it will not run unattended, and gets a permit for its registry", async () => {
    const { user, last } = show(demoGuard());
    const permits = within(await card()).findByTestId("rule-permits");
    expect(await permits).toHaveTextContent("has no permit to write to Prod / us-west-2");
    await user.click(screen.getByTestId("permit-grant"));
    const submit = await screen.findByTestId("permit-submit");
    await user.type(screen.getByTestId("permit-typed"), "Prod");
    await user.clear(screen.getByTestId("permit-days"));
    await user.type(screen.getByTestId("permit-days"), "367");
    expect(submit).toBeDisabled();
    await user.clear(screen.getByTestId("permit-days"));
    await user.type(screen.getByTestId("permit-days"), "7");
    await user.click(submit);
    await waitFor(() =>
      expect(last("grant_permit")).toEqual({
        rule: "engine-1",
        registry: prodWest,
        days: 7,
        confirm: "Prod",
      }),
    );
    expect(await screen.findByTestId("permit")).toHaveTextContent(/May write to Prod .* until/);
    expect(screen.queryByTestId("permit-grant")).not.toBeInTheDocument();
  });

  it("shows its permit, which can be revoked", async () => {
    const { user, last } = show(demoGuard({ permits: [demoPermit()] }));
    const permit = await screen.findByTestId("permit");
    expect(screen.queryByTestId("permit-grant")).not.toBeInTheDocument();
    await user.click(within(permit).getByTestId("permit-revoke"));
    await waitFor(() => expect(permit).not.toBeInTheDocument());
    expect(last("revoke_permit")).toEqual({ id: "permit-1" });
    expect(screen.getByTestId("permit-grant")).toBeVisible();
  });

  const rows: [string, Partial<EngineRuleView>, Parameters<typeof demoPermit>[0], string, boolean][] = [
    ["is valid", {}, {}, "valid", false],
    ["has expired", {}, { until: ago(5) }, "ended", true],
    ["was granted to the rule before it was changed", {}, { ruleHash: "bb" }, "changed", true],
    ["is older than a rule that was saved unchanged", { changed: ago(5) }, {}, "valid", false],
  ];
  it.each(rows)("says of a permit that it %s", async (_, rule, permit, state, needed) => {
    show(demoGuard({ permits: [demoPermit(permit)] }), scheduledRule(rule));
    expect(await screen.findByTestId("permit")).toHaveAttribute("data-state", state);
    expect(screen.queryAllByTestId("permit-grant")).toHaveLength(needed ? 1 : 0);
  });

  it("takes no permit of another rule or for another registry for its own", async () => {
    const elsewhere = demoPermit({ id: "p", registry: { ...prodWest, region: "eu-west-1" } });
    show(demoGuard({ permits: [demoPermit({ rule: "Other" }), elsewhere] }));
    await screen.findByTestId("permit-grant");
    expect(screen.queryByTestId("permit")).not.toBeInTheDocument();
  });
});

describe("no permit is needed", () => {
  const cases: [string, Guard, EngineRuleView][] = [
    ["on demand", demoGuard(), scheduledRule({ schedule: null, next: null })],
    ["to write to an account that is not protected", demoGuard({ accounts: [] }), scheduledRule()],
  ];
  it.each(cases)("%s", async (_, guard, rule) => {
    show(guard, rule);
    await card();
    await waitFor(() => expect(screen.getByTestId("engine-rule-last")).toBeVisible());
    expect(screen.queryByTestId("rule-permits")).not.toBeInTheDocument();
  });
});
