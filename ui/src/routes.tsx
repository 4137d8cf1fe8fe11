import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type RouterHistory,
  redirect,
} from "@tanstack/react-router";
import { z } from "zod";
import { ActivityPage } from "./features/activity/ActivityPage";
import { CleanUpPage } from "./features/cleanup/CleanUpPage";
import { Gate } from "./features/frame/Gate";
import { NotFound } from "./features/frame/NotFound";
import { SearchPage } from "./features/frame/SearchPage";
import { ImagesPage } from "./features/images/ImagesPage";
import { RepositoryPage } from "./features/images/RepositoryPage";
import { OverviewPage } from "./features/overview/OverviewPage";
import { PermissionsPage } from "./features/permissions/PermissionsPage";
import { PromotionPage } from "./features/promotion/PromotionPage";
import { ReplicationPage } from "./features/replication/ReplicationPage";
import { RulePage } from "./features/replication/RulePage";
import { RuleWizardPage } from "./features/replication/RuleWizardPage";
import { SettingsPage } from "./features/settings/SettingsPage";

const root = createRootRoute({ component: Gate, notFoundComponent: NotFound });
const getParentRoute = () => root;

const space = z.enum(["sandbox", "aws"]);

// A number-like text in an address is parsed as a number; account ids are texts.
const accountId = z.coerce.string();
const anyText = z.coerce.string();
const chosenRegistry = { account: accountId.optional(), region: z.string().optional() };

const routes = [
  createRoute({
    getParentRoute,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/overview" });
    },
  }),
  createRoute({ getParentRoute, path: "/overview", component: OverviewPage }),
  createRoute({ getParentRoute, path: "/images", component: ImagesPage }),
  createRoute({
    getParentRoute,
    path: "/images/repository",
    component: RepositoryPage,
    validateSearch: z.object({
      space,
      account: accountId,
      region: z.string(),
      repository: anyText,
      image: z.string().optional(),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/search",
    component: SearchPage,
    validateSearch: z.object({ q: anyText.catch("") }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication",
    component: ReplicationPage,
    validateSearch: z.object({
      ...chosenRegistry,
      tab: z.enum(["rules", "recent", "document", "export"]).optional().catch(undefined),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/rule",
    component: RulePage,
    validateSearch: z.object({ space, account: accountId, region: z.string(), rule: anyText }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/edit",
    component: RuleWizardPage,
    validateSearch: z.object({
      space,
      account: accountId,
      region: z.string(),
      rule: anyText.optional(),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/clean-up",
    component: CleanUpPage,
    validateSearch: z.object({
      space,
      account: accountId,
      region: z.string(),
      rule: anyText.optional(),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/promotion",
    component: PromotionPage,
    validateSearch: z.object({
      space: space.optional().catch(undefined),
      ...chosenRegistry,
      repository: anyText.optional(),
      digest: z.string().optional(),
      tag: anyText.optional(),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/permissions",
    component: PermissionsPage,
    validateSearch: z.object({
      ...chosenRegistry,
      tab: z.enum(["statements", "paste", "document", "export"]).optional().catch(undefined),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/activity",
    component: ActivityPage,
    validateSearch: z.object({ run: anyText.optional() }),
  }),
  createRoute({
    getParentRoute,
    path: "/settings",
    component: SettingsPage,
    validateSearch: z.object({
      tab: z.enum(["accounts", "sandbox", "app"]).catch("accounts"),
      connect: z.boolean().optional(),
    }),
  }),
] as const;

const tree = root.addChildren(routes);

/** The window's addresses. A hash, because the window's protocol knows only one document. */
export function makeRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({ routeTree: tree, history, defaultPreload: false });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
