import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { dev, devWest, digest } from "../../../test/demoWorld";
import { renderApp } from "../../../test/renderApp";

const PAGE = `/promotion/image?space=sandbox&account=%22${dev.id}%22&region=us-west-2&repository=dev-microservice`;

describe("promotion", () => {
  it("plans the chosen image onto the typed name, takes up the offer to mount, and runs", async () => {
    const { user, last } = renderApp(PAGE);
    expect(await screen.findByTestId("promote-plan")).toBeDisabled();
    await user.click(await screen.findByTestId("promote-image-42"));
    expect(screen.getByTestId("promote-tag")).toHaveValue("42");
    await user.type(screen.getByTestId("promote-repository"), "prod-microservice");
    await user.clear(screen.getByTestId("promote-tag"));
    await user.type(screen.getByTestId("promote-tag"), "21");
    await user.click(screen.getByTestId("promote-plan"));
    const request = {
      change: "promote",
      source: {
        repository: { registry: devWest, repository: "dev-microservice" },
        digest: digest("dev-microservice42"),
      },
      destination: devWest,
      repository: "prod-microservice",
      tag: "21",
      enableBlobMounting: false,
      createRepository: false,
    };
    expect(await screen.findByTestId("plan-bytes-to-move")).toHaveTextContent("48.2 MB");
    expect(last("plan")).toEqual(request);
    await user.click(screen.getByTestId("amend-blob-mounting-off"));
    await waitFor(() => expect(last("plan")).toEqual({ ...request, enableBlobMounting: true }));
    await waitFor(() => expect(screen.getByTestId("plan-run")).toBeEnabled());
    await user.click(screen.getByTestId("plan-run"));
    expect(last("run_plan")).toMatchObject({ plan: "plan-2", hash: "hash-plan-2" });
    expect(await screen.findByTestId("run-detail")).toBeVisible();
  });

  it("goes back from the plan to what was entered, and offers names that exist", async () => {
    const { user, last } = renderApp(PAGE);
    await user.click(await screen.findByTestId("promote-image-42"));
    await user.type(screen.getByTestId("promote-repository"), "prod-m");
    await user.click(await screen.findByTestId("promote-repository-prod-microservice"));
    await user.click(screen.getByTestId("promote-plan"));
    await user.click(await screen.findByTestId("plan-back"));
    expect(screen.queryByTestId("plan-run")).not.toBeInTheDocument();
    await user.type(screen.getByTestId("promote-tag"), "-rc");
    await user.click(screen.getByTestId("promote-plan"));
    await screen.findByTestId("plan-run");
    expect(last("plan")).toMatchObject({ repository: "prod-microservice", tag: "42-rc" });
  });
});
