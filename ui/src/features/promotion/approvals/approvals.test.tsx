import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { ago } from "../../../test/demoPromotion";
import { openedRequest } from "../../../test/demoRecord";
import { renderApp } from "../../../test/renderApp";

const APPROVALS = "/promotion?tab=approvals";

type Rendered = ReturnType<typeof renderApp>;

async function open({ user }: Rendered) {
  await user.click(await screen.findByTestId("promotion-request-open"));
  await user.click(screen.getByTestId("promotion-request-text"));
  await user.paste("the request of alice");
  await user.click(screen.getByTestId("promotion-request-submit"));
  return screen.findByTestId("dialog-approve");
}

describe("approvals", () => {
  it("show all that a request asks for before it is approved, and give a file to send back", async () => {
    const rendered = renderApp(APPROVALS);
    const dialog = await open(rendered);
    for (const text of ["production", "api", "1.4.2", "alice", openedRequest().digest]) {
      expect(dialog).toHaveTextContent(text);
    }
    await rendered.user.click(screen.getByTestId("approve-submit"));
    expect(await screen.findByText("Approved by bob")).toBeVisible();
    expect(rendered.last("approve_promotion")).toEqual({
      space: "sandbox",
      text: "the request of alice",
      key: "bob",
    });
  });

  it("do not sign a request that has ended", async () => {
    const rendered = renderApp(APPROVALS, {
      handlers: { open_promotion_request: () => ({ ...openedRequest(), expires: ago(1) }) },
    });
    expect(await open(rendered)).toHaveTextContent("This request has ended");
    expect(screen.getByTestId("approve-submit")).toBeDisabled();
  });

  it("need a key of one's own", async () => {
    const rendered = renderApp(APPROVALS, { handlers: { approval_keys: () => [] } });
    await open(rendered);
    expect(await screen.findByText(/You have no key yet/)).toBeVisible();
    expect(screen.getByTestId("approve-submit")).toBeDisabled();
  });

  it("are asked for by a file that is written from the board", async () => {
    const { user, last } = renderApp("/promotion/board?space=sandbox&path=shop");
    await user.click(await screen.findByTestId("cell-actions-api-staging"));
    await user.click(await screen.findByTestId("cell-menu-request-production"));
    await user.type(screen.getByTestId("request-promotion-reason"), "Release of the week");
    await user.click(screen.getByTestId("request-promotion-submit"));
    expect(await screen.findByTestId("promotion-request-written")).toBeVisible();
    expect(last("request_promotion")).toMatchObject({
      service: "api",
      stage: "production",
      build: "1.4.2",
      reason: "Release of the week",
      hours: null,
    });
  });
});

describe("keys of approvals", () => {
  it("are created and enrolled by the person's name", async () => {
    const { user, last } = renderApp(APPROVALS);
    await user.click(await screen.findByTestId("key-create"));
    await user.type(screen.getByTestId("key-name"), "dora");
    await user.click(screen.getByTestId("key-submit"));
    await waitFor(() => expect(last("create_approval_key")).toEqual({ name: "dora" }));
    await waitFor(() => expect(screen.queryByTestId("dialog-key-create")).not.toBeInTheDocument());
    await user.click(screen.getByTestId("key-enrol"));
    await user.type(screen.getByTestId("key-name"), "erin");
    expect(screen.getByTestId("key-submit")).toBeDisabled();
    await user.type(screen.getByTestId("key-public"), "ed25519:AAAA");
    await user.click(screen.getByTestId("key-submit"));
    await waitFor(() => expect(last("enrol_approval_key")).toEqual({ name: "erin", public: "ed25519:AAAA" }));
  });

  it("are forgotten only once that is confirmed, and one's own is said to be lost", async () => {
    const { user, last } = renderApp(APPROVALS);
    await user.click(await screen.findByTestId("key-forget-bob"));
    expect(screen.getByTestId("dialog-forget-key")).toHaveTextContent("cannot be restored");
    await user.click(screen.getByTestId("confirm-action"));
    await waitFor(() => expect(last("forget_approval_key")).toEqual({ name: "bob" }));
  });
});
