import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ApiError, Arrivals, GetArrivals, ImageRow, ImageWindow } from "../../api/types";
import { apiError, type Handlers } from "../../platform/fake";
import { dev, devWest, digest, imagesOf, prod, prodWest, repositories } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const IMAGE = digest("prod-microservice18");
const OTHER = digest("another image");
const ADDRESS = `/images/repository?space=sandbox&account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice&image=${IMAGE}`;

// ECR reports this one as complete.
const complete = imagesOf(repositories[1] as (typeof repositories)[1]).find(
  (image) => image.digest === IMAGE,
) as ImageRow;

/** An answer about one tag: the digest that it points at in Prod, or why that is not known. */
function answer(tag: string, there: string | null | ApiError): Arrivals {
  const known = there === null || typeof there === "string";
  return {
    images: [
      {
        digest: IMAGE,
        tags: [tag],
        destinations: [
          {
            destination: prodWest,
            state: "complete",
            failureCode: null,
            tags: known ? [{ tag, digest: there }] : null,
            problem: known ? null : there,
            done: known ? there === IMAGE : null,
          },
        ],
      },
    ],
    more: 0,
  };
}

/** The image with some tags, and what is said of each of them. */
async function open(tags: string[], there: (tag: string) => string | null | ApiError, more: Handlers = {}) {
  const row = { ...complete, tags };
  const images = (): ImageWindow => ({
    total: 1,
    offset: 0,
    rows: [row],
    asOf: new Date().toISOString(),
    problem: null,
  });
  const arrivals = ({ tag }: GetArrivals) => answer(tag ?? "", there(tag ?? ""));
  const app = renderApp(ADDRESS, { handlers: { images, arrivals, ...more } });
  const panel = await screen.findByTestId("image-panel");
  const destination = await within(panel).findByTestId(`destination-${prod.id}-us-west-2`);
  return { ...app, panel, destination };
}

describe("an image that ECR reports as complete", () => {
  it("is complete once every tag points at it at the destination", async () => {
    const { destination, platform } = await open(["21", "latest"], () => IMAGE);
    await waitFor(() => expect(destination).toHaveTextContent(/us-west-2Complete/));
    expect(destination).toHaveTextContent("Tag 21 points at this image at the destination.");
    expect(destination).toHaveTextContent("Tag latest points at this image at the destination.");
    const asked = platform.calls.filter(({ command }) => command === "arrivals");
    expect(asked.map(({ request }) => request)).toEqual(
      ["21", "latest"].map((tag) => ({
        repository: { registry: devWest, repository: "prod-microservice" },
        tag,
        digest: null,
        limit: 1,
      })),
    );
  });

  it("is not called complete while its tags are checked", async () => {
    const { destination } = await open(["21"], () => IMAGE, {
      arrivals: () => new Promise(() => undefined),
    });
    expect(destination).toHaveTextContent("Checking tags…");
    expect(destination).not.toHaveTextContent("Complete");
  });

  it("says which tag points at another image, and at which", async () => {
    const { destination } = await open(["21", "latest"], (tag) => (tag === "21" ? OTHER : IMAGE));
    await waitFor(() => expect(destination).toHaveTextContent("Tags differ"));
    expect(destination).toHaveTextContent("Tag 21 points at another image at the destination:");
    expect(within(destination).getByTitle(OTHER)).toBeVisible();
    expect(destination).toHaveTextContent("Tag latest points at this image at the destination.");
    expect(destination).not.toHaveTextContent("Complete");
  });

  it("says which tag does not exist", async () => {
    const { destination } = await open(["21"], () => null);
    await waitFor(() => expect(destination).toHaveTextContent("Tag 21 does not exist at the destination."));
    expect(destination).not.toHaveTextContent("Complete");
  });

  it("says why the tags at a destination cannot be read", async () => {
    const denied = apiError("access-denied", "Dev may not read Prod.", { hint: "Allow it." });
    const { destination } = await open(["21"], () => denied);
    await waitFor(() => expect(destination).toHaveTextContent("Tags not checked"));
    expect(destination).toHaveTextContent(
      "The tags at the destination cannot be read: Dev may not read Prod. Allow it.",
    );
    expect(destination).not.toHaveTextContent("Complete");
  });

  it("is not called complete when the check fails, which can be repeated", async () => {
    let refused = true;
    const { destination, panel, user } = await open(["21"], () => IMAGE, {
      arrivals: ({ tag }: GetArrivals) => {
        if (refused) throw apiError("network", "No answer from Dev.");
        return answer(tag ?? "", IMAGE);
      },
    });
    expect(await within(panel).findByText("No answer from Dev.")).toBeVisible();
    expect(destination).toHaveTextContent("Tags not checked");
    refused = false;
    await user.click(within(panel).getByTestId("error-retry"));
    await waitFor(() => expect(destination).toHaveTextContent(/us-west-2Complete/));
  });

  it("with many tags says that not all of them were checked", async () => {
    const tags = Array.from({ length: 12 }, (_, index) => `v${index}`);
    const { destination } = await open(tags, () => IMAGE);
    await waitFor(() => expect(destination).toHaveTextContent("Not all tags checked"));
    expect(destination).toHaveTextContent("2 more tags are not checked.");
    expect(destination).not.toHaveTextContent("Complete");
  });

  it("without tags is complete by its digest, and nothing is asked", async () => {
    const { destination, platform } = await open([], () => IMAGE);
    await waitFor(() => expect(destination).toHaveTextContent(/us-west-2Complete/));
    expect(platform.calls.some(({ command }) => command === "arrivals")).toBe(false);
  });

  it("is checked again at a click", async () => {
    let there: string = OTHER;
    const { destination, panel, user } = await open(["21"], () => there);
    await waitFor(() => expect(destination).toHaveTextContent("Tags differ"));
    there = IMAGE;
    await user.click(within(panel).getByTestId("arrivals-again"));
    await waitFor(() => expect(destination).toHaveTextContent(/us-west-2Complete/));
  });

  it("is not judged by a tag that was moved to another image at the source", async () => {
    const { destination } = await open(["21"], () => IMAGE, {
      arrivals: () => ({ images: [{ digest: OTHER, tags: ["21"], destinations: [] }], more: 0 }),
    });
    await waitFor(() => expect(destination).toHaveTextContent("Tags not checked"));
  });

  it("is not complete while one of its tags could not be judged", async () => {
    const { destination } = await open(["21", "latest"], () => IMAGE, {
      arrivals: ({ tag }: GetArrivals) =>
        tag === "21"
          ? { images: [{ digest: OTHER, tags: ["21"], destinations: [] }], more: 0 }
          : answer("latest", IMAGE),
    });
    await waitFor(() => expect(destination).toHaveTextContent("Not all tags checked"));
    expect(destination).toHaveTextContent("1 more tag is not checked.");
  });
});

it("an image whose replication failed or is under way is not asked about", async () => {
  const { platform } = renderApp(ADDRESS.replace(IMAGE, digest("prod-microservice19")));
  expect(await screen.findByTestId("replicate-again")).toBeVisible();
  expect(platform.calls.some(({ command }) => command === "arrivals")).toBe(false);
});
