import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ImageWindow, RepositoryKey } from "../../api/types";
import { en } from "../../i18n/en";
import { apiError } from "../../platform/fake";
import { dev, devWest, repositories } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const PAGE = `/images/repository?space=sandbox&account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice`;

/** A registry from which the repository can be deleted, and in which it can be created again. */
function open(exists: boolean) {
  const state = { exists };
  const images = (): ImageWindow => ({
    total: 0,
    offset: 0,
    rows: [],
    asOf: new Date().toISOString(),
    problem: null,
  });
  const repository = ({ repository: name }: RepositoryKey) => {
    if (state.exists) return repositories.find((row) => row.registry === devWest && row.name === name);
    throw apiError("repository-not-found", `Dev / us-west-2 has no repository \`${name}\`.`);
  };
  const app = renderApp(PAGE, { handlers: { repository, images } });
  const change = (now: boolean) => {
    state.exists = now;
    act(() => app.platform.emit({ event: "registry", registry: devWest }));
  };
  return { ...app, change };
}

describe("the page of a repository that was deleted", () => {
  it("says so, offers no push, and leads to the repositories of its registry", async () => {
    const { user, last, change } = open(true);
    expect(await screen.findByTestId("push-sample")).toBeVisible();
    expect(await screen.findByText(en.images.detail.none)).toBeVisible();
    change(false);
    expect(await screen.findByText("This repository no longer exists")).toBeVisible();
    expect(screen.queryByText(en.images.detail.none)).not.toBeInTheDocument();
    for (const action of ["push-sample", "repository-commands", "repository-actions"]) {
      expect(screen.queryByTestId(action)).not.toBeInTheDocument();
    }
    await user.click(screen.getByTestId("registry-repositories"));
    await screen.findByTestId("repository-grid");
    expect(screen.getByTestId("scope-region-switch")).toHaveTextContent("us-west-2");
    await waitFor(() => expect(last("repositories")).toMatchObject({ scope: devWest }));
  });

  it("says so at once when it is opened by its address", async () => {
    open(false);
    expect(await screen.findByTestId("repository-gone")).toHaveTextContent("Repositories of Devus-west-2");
    expect(screen.queryByTestId("push-sample")).not.toBeInTheDocument();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("is a repository's page again once the repository exists again", async () => {
    const { change } = open(false);
    await screen.findByTestId("repository-gone");
    change(true);
    expect(await screen.findByTestId("push-sample")).toBeVisible();
    expect(screen.queryByTestId("repository-gone")).not.toBeInTheDocument();
  });
});
