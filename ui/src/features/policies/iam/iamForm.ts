import type { IamKind, IamList, IamName } from "../../../api/types";
import { words } from "../../permissions/statementForm";

/** What is chosen in a list: a user, a group, a role, or a managed policy by its ARN. */
export type Chosen = { kind: "policy"; arn: string } | IamName;

/** What a list has. */
export function kindOf(list: IamList): IamKind | "policy" {
  if (list === "users") return "user";
  if (list === "groups") return "group";
  return list === "roles" ? "role" : "policy";
}

/** `user/NAME, group/NAME` as typed. A word without a kind is a user's name. */
export function namesOf(text: string): IamName[] {
  return words(text).map((word) => {
    const [, kind, name] = /^(user|group|role)\/(.*)$/.exec(word) ?? [];
    return kind && name ? { kind: kind as IamKind, name } : { kind: "user", name: word };
  });
}

/** The last part of an ARN. */
export function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
