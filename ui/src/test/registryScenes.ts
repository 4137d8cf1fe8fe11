import { prod } from "./demoWorld";
import type { Scene } from "./scene";

/** Registries side by side. */
export const registryScenes: Record<string, Scene> = {
  "settings of many registries": {
    address: "/compare",
    actions: ["look", { type: "drift-filter", text: "a" }, "drift-create", "drift-equal"],
  },
  "the settings of one repository in many registries": {
    address: `/compare?tab=settings`,
    actions: ["drift-all"],
  },
  "the images of two registries": {
    address: "/compare?tab=images",
    actions: ["look", "copy-moves", "copy-missing"],
  },
  cost: {
    address: "/cost",
    actions: ["what-if-ask"],
  },
  "a Region that is gone": {
    address: "/compare?tab=failover",
    actions: [
      "needed-list",
      { paste: "needed-text-list", text: `web:1.0\n${prod.id}.example/web:1.2` },
      "look",
      "copy-missing",
    ],
  },
};
