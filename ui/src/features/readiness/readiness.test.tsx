import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { GetReadiness, PlanRequest, Readiness, ReadinessCheck } from "../../api/types";
import { en } from "../../i18n/en";
import { demoChecks, readinessCheck } from "../../test/demoReadiness";
import { dev, prodWest } from "../../test/demoWorld";
import { REFUSED, renderApp } from "../../test/renderApp";
import { summaryOf } from "./readinessText";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const PAGE = `/replication/readiness?space=sandbox&${WEST}`;

/** The page with one rule that has these checks; `asked` are the requests. */
function page(checks: ReadinessCheck[] | (() => ReadinessCheck[]), ready = false, address = PAGE) {
  const asked: GetReadiness[] = [];
  const app = renderApp(address, {
    handlers: {
      readiness: (request: GetReadiness): Readiness => {
        asked.push(request);
        const rule = { rule: "rule-1", sentence: "Every image is replicated.", ready };
        return { ready, rules: [{ ...rule, checks: typeof checks === "function" ? checks() : checks }] };
      },
    },
  });
  return { ...app, asked };
}

const outcomes = () =>
  screen.getAllByTestId("readiness-check").map((check) => check.getAttribute("data-outcome"));

const failed = (plans: PlanRequest[], kind = "add_statement") =>
  readinessCheck({ id: "broken", outcome: "failed", fix: { kind, text: "Fix it.", plans, copy: null } });

const mounting: PlanRequest = { change: "setBlobMounting", registry: prodWest, enabled: true };
const removing: PlanRequest = { change: "removeStatement", registry: prodWest, statement: "s" };

describe("the readiness of a rule", () => {
  it("is two clicks at most from a rule that fails: its cause is on the screen", async () => {
    const { user } = renderApp(`/replication?${WEST}`);
    const [card] = await screen.findAllByTestId("rule-row");
    await user.click(within(card as HTMLElement).getByTestId("check-readiness"));
    const [first] = await screen.findAllByTestId("readiness-check");
    expect(first).toHaveTextContent("The policy of Prod does not allow Dev to replicate.");
    expect(first).toHaveTextContent("Failed");
    expect(first).toHaveTextContent("Destination");
  });

  it("shows what failed first, then warnings, then what is not known; what is OK is a count", async () => {
    const { user } = page(demoChecks());
    await screen.findByTestId("checks-ok");
    expect(outcomes()).toEqual(["failed", "warning", "unknown"]);
    expect(screen.getByTestId("checks-ok")).toHaveTextContent("2 checks are OK");
    await user.click(screen.getByTestId("checks-ok"));
    expect(outcomes()).toEqual(["failed", "warning", "unknown", "ok", "ok"]);
  });

  it("never calls a rule ready without saying that something is not known", () => {
    const rule = (ready: boolean, ...list: ReadinessCheck["outcome"][]) =>
      summaryOf({
        rule: "r",
        sentence: "",
        ready,
        checks: list.map((outcome) => readinessCheck({ id: "a", outcome })),
      });
    expect(rule(true, "ok")).toBe("ready");
    expect(rule(true, "ok", "unknown")).toBe("partlyKnown");
    expect(rule(true, "unknown", "warning")).toBe("warned");
    expect(rule(false, "ok", "unknown")).toBe("notKnown");
    expect(rule(false, "unknown", "failed")).toBe("failed");
  });

  it("comes before that of rules which are ready", async () => {
    const check = (outcome: ReadinessCheck["outcome"]) => [readinessCheck({ id: "a", outcome })];
    renderApp(PAGE, {
      handlers: {
        readiness: (): Readiness => ({
          ready: false,
          rules: [
            { rule: "fine", sentence: "A", ready: true, checks: check("ok") },
            { rule: "dark", sentence: "B", ready: false, checks: check("unknown") },
            { rule: "broken", sentence: "C", ready: false, checks: check("failed") },
          ],
        }),
      },
    });
    const rules = await screen.findAllByTestId("rule-readiness");
    expect(rules.map((rule) => rule.getAttribute("data-rule"))).toEqual(["broken", "dark", "fine"]);
  });

  it("says how many checks could not be made", async () => {
    page([readinessCheck({ id: "identity", outcome: "unknown" })]);
    expect(await screen.findByText(/1 check could not be made/)).toBeVisible();
    const summary = screen.getByTestId("rule-summary");
    expect(summary).toHaveTextContent("Not known whether it is ready");
    expect(summary).toHaveAttribute("data-status", "unknown");
  });

  it("shows the request and the answer behind a check, with nothing hidden in them", async () => {
    const { user } = page([
      readinessCheck({
        id: "statement-missing",
        outcome: "failed",
        text: "The policy \u202enames nobody.",
        evidence: [{ request: "GetRegistryPolicy\u200b", answer: "a\u202eb" }],
      }),
    ]);
    expect(await screen.findByText("The policy \\u{202e}names nobody.")).toBeVisible();
    await user.click(screen.getByTestId("check-evidence"));
    const answer = screen.getByTestId("check-answer");
    expect(answer).toHaveTextContent("GetRegistryPolicy\\u{200b}");
    expect(answer).toHaveTextContent("a\\u202eb");
    expect(answer.textContent).not.toMatch(/[\u200b\u202e]/);
  });

  it("keeps the checks of before when they cannot be repeated, and says that they are old", async () => {
    const failing = new Set<string>();
    const { user } = renderApp(PAGE, { failing });
    await screen.findAllByTestId("readiness-check");
    failing.add("readiness");
    await user.click(screen.getByTestId("readiness-again"));
    expect(await screen.findByText(REFUSED)).toBeVisible();
    expect(screen.getByText(en.readiness.old)).toBeVisible();
    expect(screen.getAllByTestId("readiness-check")).not.toHaveLength(0);
  });
});

describe("a fix", () => {
  it("opens the plan's review, and readiness is checked again when it has run", async () => {
    let broken = true;
    const { user, last, asked } = page(
      () => (broken ? [failed([mounting])] : [readinessCheck({ id: "identity" })]),
      false,
    );
    await user.click(await screen.findByTestId("check-fix"));
    await waitFor(() => expect(screen.getByTestId("plan-run")).toBeEnabled());
    expect(last("plan")).toEqual(mounting);
    expect(asked).toHaveLength(1);
    broken = false;
    await user.click(screen.getByTestId("plan-run"));
    expect(await screen.findByText("1 check is OK")).toBeVisible();
    expect(asked).toHaveLength(2);
    expect(screen.queryByTestId("fix-running")).not.toBeInTheDocument();
  });

  it("of two plans reviews the second once the first has run, and checks again if it is cancelled", async () => {
    const { user, last, asked, platform } = page([failed([mounting, removing])]);
    const fix = await screen.findByTestId("check-fix");
    expect(fix).toHaveTextContent("Fix in 2 steps…");
    await user.click(fix);
    await waitFor(() => expect(screen.getByTestId("plan-run")).toBeEnabled());
    await user.click(screen.getByTestId("plan-run"));
    await waitFor(() => expect(last("plan")).toEqual(removing));
    expect(asked).toHaveLength(1);
    await user.click(await screen.findByTestId("plan-cancel"));
    await waitFor(() => expect(asked).toHaveLength(2));
    expect(platform.calls.filter(({ command }) => command === "run_plan")).toHaveLength(1);
  });

  it("that is cancelled at once changes nothing and checks nothing", async () => {
    const { user, asked } = page([failed([mounting])]);
    await user.click(await screen.findByTestId("check-fix"));
    await user.click(await screen.findByTestId("plan-cancel"));
    await waitFor(() => expect(screen.queryByTestId("dialog-plan")).not.toBeInTheDocument());
    expect(asked).toHaveLength(1);
  });

  it("that changes the rule is followed by a check of all rules, because the rule has another id", async () => {
    const put: PlanRequest = {
      change: "putRule",
      rule: { registry: prodWest, destinations: [], filters: [], deleteReplication: false, replaces: null },
      addStatements: [],
      allRepositories: false,
      createRepository: true,
    };
    const { user, asked } = page([failed([put], "edit_rule")], false, `${PAGE}&rule=rule-1`);
    await user.click(await screen.findByTestId("check-fix"));
    await waitFor(() => expect(screen.getByTestId("plan-run")).toBeEnabled());
    await user.click(screen.getByTestId("plan-run"));
    await waitFor(() => expect(asked.at(-1)?.rule).toBeNull());
    expect(asked[0]?.rule).toBe("rule-1");
  });

  it("that another administrator has to make can be copied for them", async () => {
    renderApp(PAGE);
    expect(await screen.findAllByText(en.readiness.copyForOther)).not.toHaveLength(0);
  });

  it("that needs a role opens the template with what is known of it, and is followed too", async () => {
    const { user, last, platform } = renderApp(PAGE);
    await user.click(await screen.findByTestId("check-template"));
    expect(await screen.findByTestId("template-prefix")).toHaveValue("ROOT");
    await user.type(screen.getByTestId("template-role"), "arn:aws:iam::444455556666:role/ecr");
    await user.click(screen.getByTestId("dialog-template-review"));
    await waitFor(() => expect(last("plan")).toMatchObject({ change: "putTemplate", registry: prodWest }));
    expect(JSON.parse((last("plan") as { text: string }).text)).toMatchObject({
      prefix: "ROOT",
      customRoleArn: "arn:aws:iam::444455556666:role/ecr",
      encryptionConfiguration: { encryptionType: "KMS" },
    });
    const asked = () => platform.calls.filter(({ command }) => command === "readiness");
    expect(asked()).toHaveLength(1);
    await waitFor(() => expect(screen.getByTestId("plan-run")).toBeEnabled());
    await user.click(screen.getByTestId("plan-run"));
    await waitFor(() => expect(asked()).toHaveLength(2));
  });
});

it("a rule that is gone can be followed by a check of all rules", async () => {
  const failing = new Set(["readiness"]);
  const { user, last } = renderApp(`${PAGE}&rule=rule-9`, { failing });
  const all = await screen.findByTestId("readiness-all");
  failing.clear();
  await user.click(all);
  expect(await screen.findAllByTestId("rule-readiness")).toHaveLength(2);
  expect(last("readiness")).toMatchObject({ rule: null });
});
