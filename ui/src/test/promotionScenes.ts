import type { Scene } from "./scene";

const BOARD = "/promotion/board?space=sandbox&path=shop";

/** Paths, boards, builds, and what is promoted. */
export const promotionScenes: Record<string, Scene> = {
  paths: { address: "/promotion", actions: ["path-open-shop"] },
  "no paths": { address: "/promotion", options: () => ({ handlers: { paths: () => [] } }) },
  board: { address: BOARD, actions: ["board-compact", "board-refresh"] },
};
