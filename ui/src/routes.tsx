import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from "@tanstack/react-router";
import { z } from "zod";
import { NotFound } from "./features/frame/NotFound";
import { OverviewPage } from "./features/overview/OverviewPage";
import { Gate } from "./features/shell/Gate";

// Screens that the first paint does not need are loaded on navigation, or earlier when idle.
const pages: { preload?: (() => Promise<void> | undefined) | undefined }[] = [];

function later<Module extends Record<string, unknown>, Name extends keyof Module & string>(
  load: () => Promise<Module>,
  name: Name,
) {
  const page = lazyRouteComponent(load, name);
  pages.push(page);
  return page;
}

/** Loads the pages that were not shown yet, one by one, so that navigation need not wait. */
export async function readPages(): Promise<void> {
  for (const page of pages) await page.preload?.();
}

const root = createRootRoute({ component: Gate, notFoundComponent: NotFound });
const getParentRoute = () => root;

const space = z.enum(["sandbox", "aws"]);

// A number-like string in an address is parsed as a number, but account ids are strings.
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
  createRoute({
    getParentRoute,
    path: "/images",
    component: later(() => import("./features/images/ImagesPage"), "ImagesPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/images/repository",
    component: later(() => import("./features/images/RepositoryPage"), "RepositoryPage"),
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
    path: "/images/clean",
    component: later(() => import("./features/deletion/CleanImagesPage"), "CleanImagesPage"),
    validateSearch: z.object({ space, account: accountId, region: z.string(), repository: anyText }),
  }),
  createRoute({
    getParentRoute,
    path: "/images/lifecycle",
    component: later(() => import("./features/lifecycle/LifecyclePage"), "LifecyclePage"),
    validateSearch: z.object({ space, account: accountId, region: z.string(), repository: anyText }),
  }),
  createRoute({
    getParentRoute,
    path: "/compare",
    component: later(() => import("./features/registries/ComparePage"), "ComparePage"),
    validateSearch: z.object({ tab: z.enum(["settings", "images", "failover"]).optional().catch(undefined) }),
  }),
  createRoute({
    getParentRoute,
    path: "/search",
    component: later(() => import("./features/frame/SearchPage"), "SearchPage"),
    validateSearch: z.object({ q: anyText.catch("") }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication",
    component: later(() => import("./features/replication/ReplicationPage"), "ReplicationPage"),
    validateSearch: z.object({
      ...chosenRegistry,
      tab: z
        .enum(["rules", "recent", "backfills", "templates", "document", "export"])
        .optional()
        .catch(undefined),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/rule",
    component: later(() => import("./features/replication/RulePage"), "RulePage"),
    validateSearch: z.object({ space, account: accountId, region: z.string(), rule: anyText }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/readiness",
    component: later(() => import("./features/readiness/ReadinessPage"), "ReadinessPage"),
    validateSearch: z.object({ space, account: accountId, region: z.string(), rule: anyText.optional() }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/readiness/all",
    component: later(() => import("./features/readiness/AllReadinessPage"), "AllReadinessPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/edit",
    component: later(() => import("./features/replication/RuleWizardPage"), "RuleWizardPage"),
    validateSearch: z.object({
      space,
      account: accountId,
      region: z.string(),
      rule: anyText.optional(),
      // Entries for an engine rule so far, to continue with.
      to: z.array(anyText).optional().catch(undefined),
      prefixes: z.array(anyText).optional().catch(undefined),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/engine",
    component: later(() => import("./features/engine/EngineRulePage"), "EngineRulePage"),
    validateSearch: z.object({
      space,
      account: accountId.optional(),
      region: z.string().optional(),
      rule: anyText.optional(),
      // Entries for a native rule so far, to continue with.
      to: z.array(anyText).optional().catch(undefined),
      prefixes: z.array(anyText).optional().catch(undefined),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/replication/clean-up",
    component: later(() => import("./features/cleanup/CleanUpPage"), "CleanUpPage"),
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
    component: later(() => import("./features/promotion/PromotionPage"), "PromotionPage"),
    validateSearch: z.object({
      tab: z.enum(["paths", "record", "approvals"]).optional().catch(undefined),
      // What the record is filtered by at first.
      text: anyText.optional(),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/promotion/board",
    component: later(() => import("./features/promotion/board/BoardPage"), "BoardPage"),
    validateSearch: z.object({ space, path: anyText }),
  }),
  createRoute({
    getParentRoute,
    path: "/promotion/build",
    component: later(() => import("./features/promotion/build/BuildPage"), "BuildPage"),
    validateSearch: z.object({
      space,
      path: anyText,
      service: anyText,
      build: anyText,
      // Where a tag is looked up.
      stage: anyText.optional(),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/promotion/path",
    component: later(() => import("./features/promotion/paths/PathPage"), "PathPage"),
    validateSearch: z.object({ space, path: anyText.optional() }),
  }),
  createRoute({
    getParentRoute,
    path: "/promotion/image",
    component: later(() => import("./features/promotion/image/PromoteImagePage"), "PromoteImagePage"),
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
    component: later(() => import("./features/permissions/PermissionsPage"), "PermissionsPage"),
    validateSearch: z.object({
      ...chosenRegistry,
      tab: z.enum(["statements", "paste", "document", "export"]).optional().catch(undefined),
      // A statement that a rule needs: the replicating account and the rule's prefixes.
      from: accountId.optional(),
      prefixes: z.array(z.string()).optional().catch(undefined),
    }),
  }),
  createRoute({
    getParentRoute,
    path: "/policies",
    component: later(() => import("./features/policies/PoliciesPage"), "PoliciesPage"),
    validateSearch: z.object({ tab: z.enum(["build", "check", "ask", "iam"]).optional().catch(undefined) }),
  }),
  createRoute({
    getParentRoute,
    path: "/cost",
    component: later(() => import("./features/cost/CostPage"), "CostPage"),
  }),
  createRoute({
    getParentRoute,
    path: "/activity",
    component: later(() => import("./features/activity/ActivityPage"), "ActivityPage"),
    validateSearch: z.object({ run: anyText.optional() }),
  }),
  createRoute({
    getParentRoute,
    path: "/settings",
    component: later(() => import("./features/settings/SettingsPage"), "SettingsPage"),
    validateSearch: z.object({
      tab: z.enum(["accounts", "sandbox", "app"]).catch("accounts"),
      connect: z.boolean().optional(),
    }),
  }),
] as const;

const tree = root.addChildren(routes);

/** The window's addresses, in the hash, because the window's protocol serves only one document. */
export function makeRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({ routeTree: tree, history, defaultPreload: false });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
