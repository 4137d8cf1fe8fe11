import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Toaster } from "./components/Toaster";
import { AppEvents } from "./features/events/AppEvents";
import { RunDrawerProvider } from "./features/frame/runDrawer";
import { ScopeProvider } from "./features/frame/scope";
import { Theme } from "./features/frame/Theme";
import { PlanProvider } from "./features/plans/PlanProvider";
import { makeRouter } from "./routes";
import "./i18n";

/** The cache of what was read. The application says when something is stale; only what shows its age is read by the clock. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 30_000, retry: false, refetchOnWindowFocus: false, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

/** Everything that the screens depend on, without the screens. */
export function Providers({ client, children }: { client: QueryClient; children: ReactNode }) {
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <Tooltip.Provider delay={400}>
          <RunDrawerProvider>
            <AppEvents>
              <ScopeProvider>
                <PlanProvider>{children}</PlanProvider>
              </ScopeProvider>
            </AppEvents>
          </RunDrawerProvider>
        </Tooltip.Provider>
        <Toaster />
      </QueryClientProvider>
    </CSPProvider>
  );
}

/** The window. */
export function App() {
  const [client] = useState(makeQueryClient);
  const [router] = useState(() => makeRouter());
  return (
    <Providers client={client}>
      <Theme />
      <RouterProvider router={router} />
    </Providers>
  );
}
