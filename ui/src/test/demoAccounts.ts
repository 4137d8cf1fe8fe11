import type { Account, AccountKey } from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { dev } from "./demoWorld";

/** The serial number of an MFA device. */
export const SERIAL = `arn:aws:iam::${dev.id}:mfa/dev`;

/** An account that waits for the code of an MFA device. */
export const waiting: Account = {
  ...dev,
  space: "aws",
  credentials: { source: "profile", profile: "dev" },
  principal: null,
  problem: apiError("mfa-code-needed", `A code of MFA device ${SERIAL} is needed.`, {
    field: SERIAL,
    side: "input",
    hint: "Enter the six digits that the device shows now.",
  }),
};

/** The calls about the credentials of AWS accounts. */
export function accountHandlers(accounts: () => Account[]): Handlers {
  const find = ({ space, id }: AccountKey) =>
    accounts().find((each) => each.space === space && each.id === id) ?? dev;
  return {
    check_account: (key: AccountKey) => {
      const account = find(key);
      return { ...account, principal: `arn:aws:iam::${key.id}:user/dev`, problem: null };
    },
    enter_mfa_code: () => null,
  };
}
