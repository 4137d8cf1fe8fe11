import type { ReactNode } from "react";

/** One of the ways to connect an account: its form, and what its buttons do. */
export interface Way {
  form: ReactNode;
  connect: () => void;
  /** Asks which account it is; an access key is checked while it is connected. */
  check?: () => void;
  /** Which of them is under way. */
  doing: "connect" | "check" | null;
  /** Whether enough is known to connect. */
  ready: boolean;
  /** The custom endpoint, once one is known. */
  endpoint: string | null;
}
