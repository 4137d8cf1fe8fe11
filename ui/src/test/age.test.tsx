import { act, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PolicyView, RegistryKey, ReplicationView } from "../api/types";
import type { Handlers } from "../platform/fake";
import { permissionHandlers } from "./demoPermissions";
import { replicationHandlers } from "./demoReplication";
import { dev, devWest, imagesOf, repositories } from "./demoWorld";
import { renderApp } from "./renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const rows = repositories.slice(0, 2);

/** The application reads what is on the screen every three seconds. */
const asOf = () => new Date(Date.now() - 3_000).toISOString();

const replication = replicationHandlers().replication as (registry: RegistryKey) => ReplicationView;
const policy = permissionHandlers().policy as (registry: RegistryKey) => PolicyView;
const handlers: Handlers = {
  repositories: () => ({ total: 2, offset: 0, rows, asOf: asOf(), unread: 0, problems: [] }),
  images: () => ({
    total: 1,
    offset: 0,
    rows: imagesOf(repositories[1] as (typeof repositories)[1]).slice(0, 1),
    asOf: asOf(),
    problem: null,
  }),
  replication: () => ({ ...replication(devWest), asOf: asOf() }),
  policy: () => ({ ...policy(devWest), asOf: asOf() }),
};

/** Each screen that says how old it is. */
const screens = {
  images: "/images",
  repository: `/images/repository?space=sandbox&${WEST}&repository=prod-microservice`,
  replication: `/replication?${WEST}`,
  permissions: `/permissions?${WEST}`,
};

const aged = () => document.body.textContent?.match(/as of (just now|\d+ min ago)/)?.[1];

describe("“as of”", () => {
  beforeEach(() => {
    const toFake = ["Date", "setInterval", "clearInterval", "setTimeout", "clearTimeout"] as const;
    vi.useFakeTimers({ toFake: [...toFake], shouldAdvanceTime: true });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each(Object.entries(screens))("on %s is not older than the last poll", async (_, address) => {
    renderApp(address, { handlers });
    await screen.findByTestId("run-drawer");
    await waitFor(() => expect(aged()).toBe("just now"));
    await act(() => vi.advanceTimersByTimeAsync(13 * 60_000));
    expect(aged()).toBe("just now");
  });
});
