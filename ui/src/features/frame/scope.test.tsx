import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account } from "../../api/types";
import { dev, devWest, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

type User = ReturnType<typeof renderApp>["user"];

async function choose(user: User, account: string, region: string) {
  await user.click(await screen.findByTestId("scope-account-switch"));
  await user.click(await screen.findByTestId(`scope-account-${account}`));
  await user.click(screen.getByTestId("scope-region-switch"));
  await user.click(await screen.findByTestId(`scope-region-${region}`));
}

/** Each screen that shows a part of the space, and the call with which it asks for it. */
const screens: Record<string, { address: string; call: string; scoped?: boolean }> = {
  overview: { address: "/overview", call: "overview" },
  images: { address: "/images", call: "repositories", scoped: true },
  search: { address: "/search?q=service", call: "search", scoped: true },
  replication: { address: "/replication", call: "replication" },
  permissions: { address: "/permissions", call: "policy" },
  promotion: { address: "/promotion/image", call: "repositories", scoped: true },
};

describe("the one scope of the window", () => {
  it.each(Object.entries(screens))("is obeyed by %s", async (_, { address, call, scoped }) => {
    const { user, last } = renderApp(address);
    await choose(user, prod.id, "eu-west-1");
    const scope = { space: "sandbox", account: prod.id, region: "eu-west-1" };
    await waitFor(() => expect(last(call)).toMatchObject(scoped ? { scope } : scope));
    // An address that names another registry does not filter what the switch shows.
    expect(screen.getByTestId("scope-account-switch")).toHaveTextContent("Prod");
    expect(screen.getByTestId("scope-region-switch")).toHaveTextContent("eu-west-1");
  });

  it("is not filtered silently by the registry in an address", async () => {
    const { user, last } = renderApp(`/replication?account=%22${dev.id}%22&region=us-west-2`);
    await waitFor(() => expect(last("replication")).toEqual(devWest));
    await choose(user, prod.id, "us-west-2");
    await waitFor(() => expect(last("replication")).toMatchObject({ account: prod.id }));
    expect(screen.getByTestId("registry-picker")).toHaveTextContent("Prod / us-west-2");
  });

  it("follows the tree and the picker of a page", async () => {
    const { user, last } = renderApp("/images");
    await user.click(await screen.findByTestId(`tree-${dev.id}-us-west-2`));
    expect(screen.getByTestId("scope-account-switch")).toHaveTextContent("Dev");
    await user.click(screen.getByTestId("nav-replication"));
    await user.click(await screen.findByTestId("registry-picker"));
    await user.click(await screen.findByTestId(`registry-picker-${prod.id}-us-east-2`));
    await waitFor(() => expect(last("replication")).toMatchObject({ account: prod.id, region: "us-east-2" }));
    expect(screen.getByTestId("scope-account-switch")).toHaveTextContent("Prod");
    expect(screen.getByTestId("scope-region-switch")).toHaveTextContent("us-east-2");
    await user.click(screen.getByTestId("nav-images"));
    await waitFor(() => expect(last("repositories")).toMatchObject({ scope: { account: prod.id } }));
  });
});

const regions = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1"];
const twelve: Account[] = Array.from({ length: 12 }, (_, index) => ({
  ...dev,
  id: String(100_000_000_001 + index),
  name: `Team ${String.fromCharCode(65 + index)}`,
  regions,
}));

/** Each place where one registry is chosen, and the way there. */
const pickers: Record<string, { address: string; way?: string; picker: string }> = {
  replication: { address: "/replication", picker: "registry-picker" },
  permissions: { address: "/permissions", picker: "registry-picker" },
  "the source of a promotion": { address: "/promotion/image", picker: "promote-source-registry" },
  "the destination of a promotion": { address: "/promotion/image", picker: "promote-registry" },
  "a new repository": { address: "/images", way: "create-repository", picker: "create-registry" },
};

describe("a picker of 72 registries", () => {
  it.each(Object.entries(pickers))("of %s groups them by account and is searched", async (_, place) => {
    const { address, way, picker } = place;
    const { user } = renderApp(address, { handlers: { accounts: () => twelve } });
    if (way) await user.click(await screen.findByTestId(way));
    await user.click(await screen.findByTestId(picker));
    const groups = await screen.findAllByRole("group", { name: /^Team [A-L] · 1000000000\d\d$/ });
    expect(groups).toHaveLength(12);
    expect(within(groups[3] as HTMLElement).getAllByRole("option")).toHaveLength(6);
    const search = screen.getByTestId(`${picker}-search`);
    const found = () => screen.getAllByRole("option").map((option) => option.dataset.testid);
    await user.type(search, "team d eu");
    await waitFor(() =>
      expect(found()).toEqual([`${picker}-100000000004-eu-west-1`, `${picker}-100000000004-eu-central-1`]),
    );
    await user.clear(search);
    await user.type(search, "100000000012");
    await waitFor(() => expect(found()).toHaveLength(6));
    await user.keyboard("{ArrowDown}{Enter}");
    await waitFor(() => expect(screen.getByTestId(picker)).toHaveTextContent("Team L / us-east-1"));
  });
});
