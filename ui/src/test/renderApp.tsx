import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { makeQueryClient, Providers } from "../App";
import { setPlatform } from "../platform";
import { makeRouter } from "../routes";
import { type DemoOptions, demoPlatform } from "./demoPlatform";

/** The whole window over the demo, at an address. */
export function renderApp(address: string, options: DemoOptions = {}) {
  const platform = demoPlatform(options);
  setPlatform(platform);
  const router = makeRouter(createMemoryHistory({ initialEntries: [address] }));
  render(
    <Providers client={makeQueryClient()}>
      <RouterProvider router={router} />
    </Providers>,
  );
  const last = (command: string) => platform.calls.filter((call) => call.command === command).at(-1)?.request;
  return { platform, router, user: userEvent.setup({ delay: null }), last };
}
