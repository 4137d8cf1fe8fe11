import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { apiError, type Handlers } from "../../platform/fake";
import { expectedText, requestText } from "../../test/demoRequests";
import { prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

async function open(handlers: Handlers = {}) {
  const app = renderApp("/images", { handlers });
  await app.user.click(await screen.findByTestId("expected-open"));
  await screen.findByTestId("dialog-expected");
  await app.user.click(screen.getByTestId("expected-registry"));
  await app.user.click(await screen.findByTestId(`expected-registry-${prod.id}-us-west-2`));
  return app;
}

async function check(text: string, handlers: Handlers = {}) {
  const app = await open(handlers);
  await app.user.click(screen.getByTestId("expected-text"));
  await app.user.paste(text);
  await app.user.click(screen.getByTestId("expected-submit"));
  return app;
}

describe("the images that the developers expect", () => {
  it("are checked in the registry alone, with what is absent first and its source", async () => {
    const { last } = await check(expectedText);
    const dialog = await screen.findByTestId("dialog-expected-checked");
    expect(last("check_expected")).toMatchObject({ registry: { account: prod.id }, text: expectedText });
    expect(dialog).toHaveTextContent("Expected according to");
    expect(dialog).toHaveTextContent("Images of 111122223333/us-west-2, read 2026-12-01 10:00 UTC");
    expect(dialog).toHaveTextContent("nothing proves who wrote it");
    expect(screen.getByTestId("expected-summary")).toHaveTextContent("1 of 3 images are present as stated.");
    const rows = screen.getAllByTestId("expected-image");
    expect(rows.map((row) => row.dataset.state)).toEqual(["noRepository", "otherImage", "present"]);
    expect(rows[0]).toHaveTextContent("Absent: no repository prod-web:7");
    expect(rows[1]).toHaveTextContent(/The tag points at sha256:/);
    expect(within(rows[2] as HTMLElement).getByTestId("expected-line")).toHaveTextContent(
      /^image: ".*@sha256:/,
    );
  });

  it("are repositories if a request says so, and no images", async () => {
    await check(requestText(prod.id));
    const dialog = await screen.findByTestId("dialog-expected-checked");
    expect(dialog).toHaveTextContent("A request states repositories and no images.");
    const stated = screen.getAllByTestId("expected-repositories");
    expect(stated[0]).toHaveTextContent("Present prod-*prod-microservice, prod-web");
    expect(stated[1]).toHaveTextContent("Absent base-*No such repository exists here.");
    expect(screen.queryByTestId("expected-image")).not.toBeInTheDocument();
  });

  it("say which line names none, and can be corrected", async () => {
    const { user } = await check("nonsense", {
      check_expected: () => {
        throw apiError("expected-list", "Line 1 names no image: `nonsense`.", {
          field: "text",
          side: "input",
        });
      },
    });
    expect(await screen.findByTestId("error-state")).toHaveTextContent("Line 1 names no image: nonsense.");
    await user.type(screen.getByTestId("expected-text"), ":1");
    expect(screen.getByTestId("expected-text")).toHaveValue("nonsense:1");
  });

  it("are written as a list by the developers", async () => {
    const { user, last } = await open();
    await user.click(screen.getByTestId("expected-part-write"));
    await user.type(await screen.findByTestId("expected-prefixes"), "prod-, base-");
    await user.clear(screen.getByTestId("expected-newest"));
    await user.type(screen.getByTestId("expected-newest"), "3");
    await user.click(screen.getByTestId("expected-submit"));
    await waitFor(() =>
      expect(last("write_expected")).toMatchObject({ prefixes: ["prod-", "base-"], newest: 3 }),
    );
    expect(await screen.findByTestId("expected-written")).toHaveTextContent("prod-web:7");
    expect(screen.getByTestId("dialog-expected")).toHaveTextContent("The list names 2 images.");
  });
});
