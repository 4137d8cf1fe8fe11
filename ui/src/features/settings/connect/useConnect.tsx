import { type ReactNode, useState } from "react";
import { type FieldValues, type Path, type UseFormReturn, useWatch } from "react-hook-form";
import { api } from "../../../api/client";
import type { Account, ConnectAccount, CredentialSource } from "../../../api/types";
import { ErrorState } from "../../../components/States";
import { useAccountChange } from "../../frame/accountChanges";
import { useKnownAccounts } from "../../frame/scope";
import { sessionOf } from "../../signin/sessions";
import { useAccess } from "../../signin/useAccess";
import { type ProvenForm, showFieldError } from "../accountForm";
import { connectRequest } from "./connectForm";
import { Proven } from "./Proven";
import type { Way } from "./way";

/** Checks and connects the account that the credentials of a form lead to. */
export function useConnect<Values extends ProvenForm & FieldValues>(
  form: UseFormReturn<Values>,
  {
    source,
    at,
    device,
    onConnected,
  }: {
    /** The credentials that the form describes. */
    source: (values: Values) => CredentialSource;
    /** The field where errors of the credentials as a whole are shown. */
    at: Path<Values>;
    /** The MFA device that the credentials need, if it is known. */
    device: (credentials: CredentialSource) => string | null;
    onConnected: (account: Account) => void;
  },
): Omit<Way, "form" | "ready"> & { result: ReactNode } {
  const access = useAccess();
  const accounts = useKnownAccounts();
  const asking = (credentials: CredentialSource) => ({
    serial: device(credentials),
    session: sessionOf(credentials, accounts),
  });
  const [doing, setDoing] = useState<Way["doing"]>(null);
  const [proven, setProven] = useState<{ request: string; account: Account } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const connect = useAccountChange(
    (request: ConnectAccount) => access.run(() => api.connectAccount(request), asking(request.credentials)),
    onConnected,
  );
  const values = useWatch({ control: form.control }) as Values;
  const submit = (what: "connect" | "check") =>
    void form.handleSubmit(async (entered) => {
      const request = connectRequest(source(entered), entered);
      setDoing(what);
      setError(null);
      setProven(null);
      try {
        if (what === "connect") await connect.mutateAsync(request);
        else {
          const account = await access.run(() => api.proveAccount(request), asking(request.credentials));
          setProven({ request: identity(request), account });
        }
      } catch (failed) {
        if (!showFieldError(form, failed, { credentials: at })) setError(failed);
      } finally {
        setDoing(null);
      }
    })();
  // A result is about the credentials that were checked, and no others.
  const current = proven?.request === identity(connectRequest(source(values), values)) && proven.account;
  return {
    connect: () => submit("connect"),
    check: () => submit("check"),
    doing,
    endpoint: (current || null)?.endpoint ?? null,
    result: (
      <>
        {current && <Proven account={current} />}
        {error !== null && <ErrorState error={error} compact />}
        {access.dialog}
      </>
    ),
  };
}

/** What a proof depends on. */
function identity({ credentials, regions }: ConnectAccount): string {
  return JSON.stringify([credentials, regions]);
}
