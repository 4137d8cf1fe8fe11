import { useMutation, useQueryClient } from "@tanstack/react-query";
import { keys } from "../../api/keys";
import type { Account } from "../../api/types";

/** Reads all account data again. */
export function useAccountsChanged() {
  const client = useQueryClient();
  return async () => {
    await Promise.all(
      [keys.accounts, keys.profiles, keys.ssoSessions, keys.status, keys.overview].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
  };
}

/** A change of accounts or of the sandbox: all account data is read again. */
export function useAccountChange<Request, Response>(
  change: (request: Request) => Promise<Response>,
  onDone?: (response: Response) => void,
) {
  const changed = useAccountsChanged();
  return useMutation<Response, unknown, Request>({
    mutationFn: change,
    onSuccess: async (response) => {
      await changed();
      onDone?.(response);
    },
  });
}

/** Sends an account to the application. */
export function accountKey({ space, id }: Account) {
  return { space, id };
}
