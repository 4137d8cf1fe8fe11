import { Channel, invoke } from "@tauri-apps/api/core";
import type { AppEvent } from "../api/types";
import type { Platform } from "./platform";

/** The real host. */
export const tauri: Platform = {
  call: (command, args) => invoke(command, args),
  subscribe(onEvent) {
    const channel = new Channel<AppEvent>();
    let listening = true;
    channel.onmessage = (event) => {
      if (listening) onEvent(event);
    };
    // A window that cannot subscribe still works: lists are read again when they are shown.
    invoke("subscribe", { channel }).catch(() => undefined);
    return () => {
      listening = false;
    };
  },
  quit: () => invoke("quit"),
};
