import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { apiError } from "../platform/fake";
import { dev, digest } from "./demoWorld";
import { renderApp } from "./renderApp";

const REPOSITORY = `/images/repository?space=sandbox&account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice`;

describe("first start", () => {
  it("offers the sandbox, starts it, and shows its accounts", async () => {
    const { user } = renderApp("/", { fresh: true });
    await user.click(await screen.findByTestId("try-sandbox"));
    expect(await screen.findByTestId(`overview-${dev.id}-us-west-2`)).toBeVisible();
    expect(screen.getByRole("button", { name: "Space: Sandbox" })).toBeVisible();
  });

  it("says why the sandbox cannot start", async () => {
    const { user } = renderApp("/", {
      fresh: true,
      handlers: {
        start_sandbox: () => {
          throw apiError("port-in-use", "Port 4510 is in use.", { hint: "Choose another port." });
        },
      },
    });
    await user.click(await screen.findByTestId("try-sandbox"));
    expect(await screen.findByRole("alert")).toHaveTextContent("Port 4510 is in use.Choose another port.");
    expect(screen.getByTestId("page-welcome")).toBeVisible();
  });

  it("leads to the form for an AWS account", async () => {
    const { user } = renderApp("/", { fresh: true });
    await user.click(await screen.findByTestId("connect-aws"));
    expect(await screen.findByRole("dialog", { name: /Connect an account/ })).toBeVisible();
  });
});

describe("repositories", () => {
  it("are limited to the registry that is chosen in the tree, as the scope switch shows", async () => {
    const { user, last } = renderApp("/images");
    await user.click(await screen.findByTestId(`tree-${dev.id}-us-west-2`));
    expect(screen.getByTestId("scope-region-switch")).toHaveTextContent("us-west-2");
    await waitFor(() =>
      expect(last("repositories")).toMatchObject({
        scope: { space: "sandbox", account: dev.id, region: "us-west-2" },
        offset: 0,
        limit: 100,
      }),
    );
  });

  it("are filtered by the application, and say when none matches", async () => {
    const { user, last } = renderApp("/images");
    await screen.findByTestId("repository-grid");
    await user.type(screen.getByTestId("repository-filter"), "no-such");
    expect(await screen.findByText("No repository matches “no-such”")).toBeVisible();
    expect(last("repositories")).toMatchObject({ text: "no-such" });
  });

  it("are created by a plan that is reviewed before it runs", async () => {
    const { user, last, platform } = renderApp("/images");
    await user.click(await screen.findByTestId("create-repository"));
    const form = await screen.findByTestId("dialog-create-repository");
    expect(within(form).getByTestId("space-sandbox")).toBeVisible();
    expect(within(form).getByTestId("dialog-create-repository-review")).toBeDisabled();
    await user.type(within(form).getByTestId("create-name"), "dev-microservice");
    await user.click(within(form).getByTestId("dialog-create-repository-review"));
    expect(last("plan")).toMatchObject({
      change: "createRepository",
      name: "dev-microservice",
      registry: { account: dev.id, region: "us-west-2" },
    });
    await user.click(await screen.findByTestId("plan-run"));
    await waitFor(() =>
      expect(last("run_plan")).toEqual({ plan: "plan-1", hash: "hash-plan-1", confirm: null }),
    );
    expect(await screen.findByText("Create repository: done")).toBeVisible();
    expect(platform.calls.filter((call) => call.command === "run_plan")).toHaveLength(1);
  });

  it("keep what is wrong at the field, and change nothing", async () => {
    const { user, last } = renderApp("/images", {
      handlers: {
        plan: () => {
          throw apiError("repository-name", "Upper-case letters are not allowed.", {
            field: "name",
            side: "input",
          });
        },
      },
    });
    await user.click(await screen.findByTestId("create-repository"));
    await user.type(await screen.findByTestId("create-name"), "Dev{Enter}");
    const field = await screen.findByTestId("create-name");
    await waitFor(() => expect(field).toHaveAccessibleDescription(/^Upper-case letters are not allowed\./));
    expect(last("run_plan")).toBeUndefined();
  });
});

describe("images", () => {
  it("show their replication, and a failure its cause and ways out", async () => {
    const { user, last } = renderApp(REPOSITORY);
    expect(await screen.findByTestId("replication-21")).toHaveTextContent("In progress");
    expect(screen.getByTestId("replication-19")).toHaveTextContent("Failed");
    await user.click(screen.getByTestId("replication-19"));
    const panel = await screen.findByTestId("image-panel");
    expect(await within(panel).findByText(/had no statement that allows Dev to replicate/)).toBeVisible();
    await user.click(within(panel).getByTestId("replicate-again"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({ change: "replicateAgain", destination: { region: "us-west-2" } });
  });

  it("are not read until it is asked for, because reading counts as a pull", async () => {
    const { user, platform } = renderApp(`${REPOSITORY}&image=${digest("prod-microservice21")}`);
    await user.click(await screen.findByTestId("image-tab-contents"));
    expect(screen.getByText(/counts as a pull/)).toBeVisible();
    const reads = () => platform.calls.filter((call) => call.command === "image_details").length;
    expect(reads()).toBe(0);
    await user.click(screen.getByTestId("read-contents"));
    expect(await screen.findByText("linux/arm64/v8")).toBeVisible();
    expect(reads()).toBe(1);
    expect(screen.getAllByText(/does the build ARG have the same name/)[0]).toBeVisible();
  });

  it("are promoted under the name and tag that were typed", async () => {
    const { user, last } = renderApp(REPOSITORY);
    await user.click(await screen.findByTestId("promote-21"));
    const form = await screen.findByTestId("dialog-promote");
    await user.type(within(form).getByTestId("promote-repository"), "release");
    await user.clear(within(form).getByTestId("promote-tag"));
    await user.type(within(form).getByTestId("promote-tag"), "7");
    await user.click(within(form).getByTestId("dialog-promote-review"));
    const request = {
      change: "promote",
      source: { digest: digest("prod-microservice21") },
      repository: "release",
      tag: "7",
    };
    expect(await screen.findByTestId("plan-bytes-to-move")).toHaveTextContent("48.2 MB");
    expect(last("plan")).toMatchObject({ ...request, enableBlobMounting: false });

    // Back to the form with its entries, and to a plan with the step that the finding offers.
    await user.click(screen.getByTestId("plan-back"));
    expect(await screen.findByTestId("promote-repository")).toHaveValue("release");
    await user.click(screen.getByTestId("dialog-promote-review"));
    await user.click(await screen.findByTestId("amend-blob-mounting-off"));
    await waitFor(() => expect(last("plan")).toMatchObject({ ...request, enableBlobMounting: true }));
  });

  it("tell the application what is on the screen", async () => {
    const { last } = renderApp(REPOSITORY);
    await screen.findByTestId("replication-21");
    await waitFor(() =>
      expect(last("set_visible")).toMatchObject({
        repository: { repository: "prod-microservice" },
        images: expect.arrayContaining([digest("prod-microservice21")]),
      }),
    );
  });
});

it("finds a tag from anywhere and opens its image", async () => {
  const { user, router } = renderApp("/overview");
  await user.type(await screen.findByTestId("global-search"), "git-9f3c");
  const [hit] = await screen.findAllByRole("option");
  expect(hit).toHaveTextContent("git-9f3c2ab71d04");
  await user.keyboard("{ArrowDown}{Enter}");
  expect(await screen.findByTestId("image-panel")).toBeVisible();
  expect(router.state.location.pathname).toBe("/images/repository");
});

it("asks before it closes while something runs", async () => {
  const { user, platform } = renderApp("/overview");
  await screen.findByTestId("page-overview");
  platform.emit({ event: "closeRequested", runs: 2 });
  expect(await screen.findByRole("alertdialog", { name: /Quit/ })).toHaveTextContent("2 runs are under way");
  await user.click(screen.getByRole("button", { name: "Quit" }));
  expect(platform.calls.filter((call) => call.command === "quit")).toHaveLength(1);
});

describe("settings", () => {
  it("put the application's error at the field that is wrong", async () => {
    const { user } = renderApp("/settings?tab=sandbox", {
      handlers: {
        add_sandbox_account: () => {
          throw apiError("account-id", "An account id has 12 digits, this has 11.", {
            field: "id",
            side: "input",
          });
        },
      },
    });
    await user.click(await screen.findByTestId("add-sandbox-account"));
    await user.type(await screen.findByTestId("account-id"), "12345678901");
    await user.click(screen.getByTestId("add-sandbox-account-submit"));
    await waitFor(() =>
      expect(screen.getByTestId("account-id")).toHaveAccessibleDescription(/12 digits, this has 11/),
    );
  });

  it("never send a form with something missing", async () => {
    const { user, last } = renderApp("/settings?connect=true");
    await user.click(await screen.findByTestId("connect-way-key"));
    await user.type(await screen.findByTestId("account-id"), dev.id);
    await user.click(screen.getByTestId("connect-account-submit"));
    expect(await screen.findAllByText("Please fill this in")).not.toHaveLength(0);
    expect(last("add_account")).toBeUndefined();
  });

  it("remove a registry that is not ECR's, and its password, once that was said", async () => {
    const { user, last } = renderApp("/settings?tab=accounts");
    const row = await screen.findByTestId("registry-harbor.example.com");
    expect(row).toHaveTextContent("Signs in as robot; the password is in the keychain");
    await user.click(within(row).getByTestId("registry-remove-harbor.example.com"));
    expect(await screen.findByTestId("dialog-remove-registry")).toHaveTextContent(
      "deletes its password from the keychain",
    );
    expect(last("remove_registry")).toBeUndefined();
    await user.click(screen.getByTestId("confirm-action"));
    await waitFor(() => expect(screen.queryByTestId("other-registries")).not.toBeInTheDocument());
    expect(last("remove_registry")).toEqual({ host: "harbor.example.com" });
  });

  it("make the sandbox new only after the words have been typed", async () => {
    const { user, platform } = renderApp("/settings?tab=sandbox", {
      handlers: { reset_sandbox: () => ({}) },
    });
    await user.click(await screen.findByTestId("sandbox-reset"));
    expect(await screen.findByTestId("confirm-action")).toBeDisabled();
    await user.type(screen.getByTestId("confirm-typed"), "reset sandbox");
    await user.click(screen.getByTestId("confirm-action"));
    await waitFor(() => expect(platform.calls.some((call) => call.command === "reset_sandbox")).toBe(true));
  });
});
