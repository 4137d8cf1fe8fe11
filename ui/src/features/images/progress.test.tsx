import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ImageRow, RecentReplication, ReplicationState, ReplicationStatus } from "../../api/types";
import { dev, devWest, digest, imagesOf, prodWest, registry, repositories } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const REPOSITORY = `/images/repository?space=sandbox&${WEST}&repository=prod-microservice`;
const REPOSITORY_KEY = { registry: devWest, repository: "prod-microservice" };
const DIGEST = digest("prod-microservice21");
const elsewhere = registry(dev.id, "eu-west-1");

function status(state: ReplicationState, destination = prodWest): ReplicationStatus {
  return { destination, destinationName: null, state, failureCode: null, cause: null, fixable: false };
}

/** The newest image with the statuses that the application knows; `learn` says that one has changed. */
function open(address: string, replication: ReplicationStatus[]) {
  const repository = repositories.find((row) => row.registry === devWest && row.name === "prod-microservice");
  const image = repository && imagesOf(repository)[0];
  if (!image) throw new Error("the demo has no such image");
  const known: ImageRow = { ...image, replication };
  const rows = () =>
    known.replication.map((each): RecentReplication => ({ ...REPOSITORY_KEY, ...known, status: each }));
  const app = renderApp(address, {
    handlers: {
      images: () => ({ total: 1, offset: 0, rows: [known], asOf: new Date().toISOString(), problem: null }),
      recent_replications: rows,
    },
  });
  const learn = (changed: ReplicationStatus) => {
    const others = known.replication.filter((each) => each.destination.region !== changed.destination.region);
    known.replication = [...others, changed];
    const { tags } = known;
    act(() =>
      app.platform.emit({
        event: "replicationStatus",
        repository: REPOSITORY_KEY,
        digest: DIGEST,
        tags,
        status: changed,
      }),
    );
  };
  return { ...app, learn };
}

describe("an image that no rule replicated", () => {
  it("is called that, and can be copied to each destination of the rule", async () => {
    const repository = repositories.find(
      (row) => row.registry === devWest && row.name === "prod-microservice",
    );
    const image = repository && imagesOf(repository)[0];
    if (!image) throw new Error("the demo has no such image");
    const known: ImageRow = { ...image, replication: [], notReplicated: [prodWest] };
    const { user, last } = renderApp(REPOSITORY, {
      handlers: {
        images: () => ({ total: 1, offset: 0, rows: [known], asOf: new Date().toISOString(), problem: null }),
      },
    });
    const pill = await screen.findByTestId("replication-21");
    expect(pill).toHaveTextContent("Not replicated");
    await user.click(await screen.findByTestId("tag-21"));
    const there = await screen.findByTestId(`not-replicated-${prodWest.account}-us-west-2`);
    expect(screen.queryByText("No replication of this image read so far.")).not.toBeInTheDocument();
    await user.click(within(there).getByTestId("copy-now"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({
      change: "replicateAgain",
      image: { repository: REPOSITORY_KEY, digest: known.digest },
      destination: prodWest,
    });
  });
});

describe("a replication in progress", () => {
  it("is seen in the image's row while it lasts", async () => {
    const { learn } = open(REPOSITORY, []);
    await screen.findByTestId("tag-21");
    expect(screen.queryByTestId("replication-21")).not.toBeInTheDocument();
    learn(status("inProgress"));
    const pill = await screen.findByTestId("replication-21");
    expect(pill).toHaveTextContent("In progress");
    expect(pill).toHaveAttribute("data-status", "progress");
    learn(status("complete"));
    await waitFor(() => expect(screen.getByTestId("replication-21")).toHaveTextContent("Complete"));
  });

  it("is seen on the image's page while it lasts", async () => {
    const { learn } = open(`${REPOSITORY}&image=${DIGEST}`, []);
    const panel = await screen.findByTestId("image-panel");
    await within(panel).findByText("No replication of this image read so far.");
    learn(status("inProgress"));
    const destination = await within(panel).findByTestId(`destination-${prodWest.account}-us-west-2`);
    expect(within(destination).getByText("In progress")).toHaveAttribute("data-status", "progress");
    learn(status("failed"));
    await waitFor(() => expect(destination).toHaveTextContent("Failed"));
    expect(destination).not.toHaveTextContent("In progress");
  });

  it("is seen among the recent images while it lasts", async () => {
    const { learn } = open(`/replication?${WEST}&tab=recent`, [status("failed")]);
    expect(await screen.findByTestId("recent-row")).toHaveAttribute("data-state", "failed");
    learn(status("inProgress"));
    await waitFor(() => expect(screen.getByTestId("recent-row")).toHaveTextContent("In progress"));
  });

  it("is not hidden by another destination that failed", async () => {
    open(REPOSITORY, [status("failed"), status("inProgress", elsewhere)]);
    expect(await screen.findByTestId("replication-21")).toHaveTextContent("Failed");
    expect(screen.getByTestId("replication-21-inProgress")).toHaveTextContent("In progress");
  });
});
