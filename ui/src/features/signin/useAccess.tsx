import { type ReactNode, useState } from "react";
import type { ApiError, SsoSessionKey } from "../../api/types";
import { needsCode, useMfa } from "./mfa";
import { SignInDialog } from "./SignInDialog";
import { needsSignIn } from "./sessions";

/** Whether a call, or an account, waits for what only a person can do: enter a code, or sign in. */
export function needsPerson(error: unknown): boolean {
  return needsCode(error) || needsSignIn(error);
}

interface Options {
  /** The error of an earlier call: the person is asked first, and has just asked for it. */
  needed?: ApiError;
  /** The serial number of the MFA device, if the error does not name it. */
  serial?: string | null;
  /** The session of IAM Identity Center, if it is known. */
  session?: SsoSessionKey | null;
}

/** Makes calls, and asks for a code or a sign-in when one needs it. */
export interface Access {
  /** Makes a call, and makes it again once a person has done what it needs; a cancelled dialog leaves its error. */
  run: <Response>(call: () => Promise<Response>, options?: Options) => Promise<Response>;
  /** The dialog, to be rendered inside the dialog that makes the calls. */
  dialog: ReactNode;
}

/** Calls that may need the code of an MFA device, or a sign-in to IAM Identity Center. */
export function useAccess(): Access {
  const mfa = useMfa();
  const [asked, setAsked] = useState<{
    session: SsoSessionKey | null;
    atOnce: boolean;
    onDone: () => void;
    onClose: () => void;
  } | null>(null);
  const askSignIn = (error: unknown, session: SsoSessionKey | null, atOnce: boolean) =>
    new Promise<void>((resolve, reject) => {
      const closing = (then: () => void) => () => {
        setAsked(null);
        then();
      };
      setAsked({ session, atOnce, onDone: closing(resolve), onClose: closing(() => reject(error)) });
    });
  const run: Access["run"] = async (call, { needed, ...options } = {}) => {
    const { serial = null, session = null } = options;
    try {
      if (needed) throw needed;
      return await call();
    } catch (error) {
      if (needsSignIn(error)) {
        await askSignIn(error, session, needed !== undefined);
        return run(call, options);
      }
      if (!needsCode(error)) throw error;
      return mfa.ask(call, error, serial).catch(async (next) => {
        // Behind the device, the way may need a sign-in too.
        if (!needsSignIn(next)) throw next;
        await askSignIn(next, session, false);
        return run(call, options);
      });
    }
  };
  return {
    run,
    dialog: (
      <>
        {mfa.dialog}
        {asked && <SignInDialog {...asked} />}
      </>
    ),
  };
}
