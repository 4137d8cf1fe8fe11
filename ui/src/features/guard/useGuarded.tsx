import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { GuardedAccount } from "../../api/types";
import { refusalOf } from "./guarded";
import { LeaveDialog } from "./LeaveReadOnly";
import { UnlockDialog } from "./UnlockDialog";

/** A call that was refused because of what protects production. */
interface Refused {
  /** The account to unlock; without it, read-only mode is to be left. */
  account: GuardedAccount | null;
  again: () => void;
  giveUp: () => void;
}

/** Makes calls, and offers to unlock an account or to leave read-only mode when that refuses one. */
export function useGuarded(): {
  /** Makes a call, and makes it again after the way is free; a cancelled dialog leaves the error of the call. */
  run: <Response>(call: () => Promise<Response>) => Promise<Response>;
  dialog: ReactNode;
} {
  const client = useQueryClient();
  const [refused, setRefused] = useState<Refused | null>(null);
  const run = async <Response,>(call: () => Promise<Response>): Promise<Response> => {
    try {
      return await call();
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      const guard = await api.guard();
      client.setQueryData(keys.guard, guard);
      const account = guard.accounts.find(({ id }) => id === refusal.id) ?? null;
      if (refusal.code === "account-locked" && account === null) throw error;
      return new Promise((resolve, reject) =>
        setRefused({
          account: refusal.code === "account-locked" ? account : null,
          again: () => run(call).then(resolve, reject),
          giveUp: () => reject(error),
        }),
      );
    }
  };
  if (!refused) return { run, dialog: null };
  const closing = (then: () => void) => () => {
    setRefused(null);
    then();
  };
  const [again, giveUp] = [closing(refused.again), closing(refused.giveUp)];
  return {
    run,
    dialog: refused.account ? (
      <UnlockDialog account={refused.account} onUnlocked={again} onClose={giveUp} />
    ) : (
      <LeaveDialog onLeft={again} onClose={giveUp} />
    ),
  };
}
