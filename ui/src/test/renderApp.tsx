import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { makeQueryClient, Providers } from "../App";
import { setPlatform } from "../platform";
import { apiError } from "../platform/fake";
import { makeRouter } from "../routes";
import { type DemoOptions, demoPlatform } from "./demoPlatform";

/** The error of a call that is set to fail. */
export const REFUSED = "The application refused this call.";

/** The whole window with the demo, at an address. Calls are refused while they are named in `failing`. */
export function renderApp(address: string, options: DemoOptions & { failing?: Set<string> } = {}) {
  const platform = demoPlatform(options);
  const { call } = platform;
  platform.call = async (command, args) => {
    if (!options.failing?.has(command)) return call(command, args);
    platform.calls.push({ command, request: args.request });
    throw apiError("refused", REFUSED, { side: "service" });
  };
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
