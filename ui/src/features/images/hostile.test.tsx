import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ImageDetails, ImageRow } from "../../api/types";
import { imageDetails } from "../../test/demoContents";
import { dev, devWest, digest, imagesOf, repositories } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice`;
const REPOSITORY = `/images/repository?space=sandbox&${WEST}`;
const LONG = "a".repeat(128);
const MANY = [LONG, ...Array.from({ length: 39 }, (_, index) => `v${index}`)];

function withTags(tags: string[]) {
  const repository = repositories.find((row) => row.registry === devWest && row.name === "prod-microservice");
  const rows: ImageRow[] = repository ? imagesOf(repository).slice(0, 1) : [];
  return {
    images: () => ({
      total: 1,
      offset: 0,
      rows: rows.map((row) => ({ ...row, tags })),
      asOf: new Date().toISOString(),
      problem: null,
    }),
  };
}

it("the list of images has room for all its columns in a window of 1280 pixels", async () => {
  renderApp(REPOSITORY);
  const header = within(await screen.findByTestId("image-grid")).getAllByRole("row")[0];
  const widths = [...(header?.style.gridTemplateColumns ?? "").matchAll(/(\d+)px/g)].map(([, px]) =>
    Number(px),
  );
  expect(widths).toHaveLength(header?.children.length ?? 0);
  const [rail, padding, scrollbar] = [184, 24, 16];
  expect(widths.reduce((sum, px) => sum + px, padding)).toBeLessThanOrEqual(1280 - rail - scrollbar);
});

describe("an image with forty tags, the first of which is very long", () => {
  it("shows the next tags and the count of the others in its row", async () => {
    renderApp(REPOSITORY, { handlers: withTags(MANY) });
    expect(await screen.findByTestId("tag-v0")).toHaveTextContent(/^v0$/);
    expect(screen.getByTestId(`tag-${LONG}`)).toHaveTextContent(LONG);
    expect(screen.getByTestId("more-tags")).toHaveTextContent(/^\+37$/);
  });

  it("shows them where an image is chosen for promotion", async () => {
    renderApp(`/promotion/image?space=sandbox&${WEST}`, { handlers: withTags(MANY) });
    const row = await screen.findByTestId(`promote-image-${LONG}`);
    expect(within(row).getByTestId("tag-v1")).toBeVisible();
    expect(within(row).getByTestId("more-tags")).toHaveTextContent(/^\+37$/);
    expect(row).not.toHaveTextContent("v0, v1");
  });

  it.each([
    [
      ["v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0"],
      ["v1.0.0", "v1.1.0"],
    ],
    [
      ["21", "latest", "v1.4.2", "git-9f3c2ab71d04"],
      ["21", "latest"],
    ],
    [
      [LONG, "latest", "stable"],
      [LONG, "latest"],
    ],
    [["21", LONG], ["21"]],
    [
      ["a", "b", "c", "d"],
      ["a", "b", "c"],
    ],
  ])("of %j shows those that can be read beside each other, and counts the others", async (tags, shown) => {
    renderApp(REPOSITORY, { handlers: withTags(tags) });
    expect(await screen.findByTestId("more-tags")).toHaveTextContent(`+${tags.length - shown.length}`);
    expect(tags.filter((tag) => screen.queryByTestId(`tag-${tag}`))).toEqual(shown);
  });

  it("lists them one by one on its page, all of them on request", async () => {
    const { user } = renderApp(`${REPOSITORY}&image=${digest("prod-microservice21")}`, {
      handlers: withTags(MANY),
    });
    const panel = await screen.findByTestId("image-panel");
    expect(await within(panel).findByText("v1")).toBeVisible();
    expect(within(panel).queryByText("v38")).not.toBeInTheDocument();
    await user.click(within(panel).getByRole("button", { name: "Show all 40" }));
    expect(within(panel).getByText("v38")).toBeVisible();
  });
});

/** The contents of an image with one label. */
async function contents(name: string, value: string) {
  const image_details = (key: never): ImageDetails => {
    const details = imageDetails(key);
    const [platform] = details.platforms;
    return { ...details, platforms: platform ? [{ ...platform, labels: [{ name, value }] }] : [] };
  };
  const { user } = renderApp(`${REPOSITORY}&image=${digest("prod-microservice21")}`, {
    handlers: { image_details },
  });
  await user.click(await screen.findByTestId("image-tab-contents"));
  await user.click(screen.getByTestId("read-contents"));
  return { user, platform: await screen.findByTestId("image-platform") };
}

describe("a label", () => {
  it.each([
    ["value", "k", "x".repeat(10_000)],
    ["name", "x".repeat(10_000), "v"],
  ])("whose %s has 10 kB fills no screen until it is asked for", async (_, name, value) => {
    const { user, platform } = await contents(name, value);
    const letters = () => (platform.textContent?.match(/x/g) ?? []).length;
    expect(letters()).toBeGreaterThan(100);
    expect(letters()).toBeLessThan(1_000);
    await user.click(within(platform).getByRole("button", { name: "Show all" }));
    expect(letters()).toBeGreaterThanOrEqual(10_000);
  });

  it("shows what turns its text around or is not seen", async () => {
    const { platform } = await contents("team\u200b", "\u202egnp.exe\u2066");
    expect(platform).toHaveTextContent("team\\u{200b}");
    expect(platform).toHaveTextContent("\\u{202e}gnp.exe\\u{2066}");
    expect(platform.textContent).not.toMatch(/[\u200b\u202e\u2066]/);
  });
});
