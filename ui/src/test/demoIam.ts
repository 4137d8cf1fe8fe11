import type {
  AskIam,
  GetIam,
  GetIamPolicy,
  IamAnswers,
  IamPolicyView,
  IamRow,
  IamView,
  ListIam,
  NewAccessKey,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";

const ACCOUNT = "111122223333";
const READ_ONLY = "AmazonEC2ContainerRegistryReadOnly";
const POLICY = "EcrPushPullRandserverDevelopers";
const CREATED = "2026-11-01T09:00:00Z";
const TEXT = JSON.stringify(
  {
    Version: "2012-10-17",
    Statement: [{ Sid: "Pull", Effect: "Allow", Action: "ecr:BatchGetImage", Resource: "*" }],
  },
  null,
  2,
);

const row = (kind: string, name: string, given: Partial<IamRow> = {}): IamRow => ({
  name,
  arn: `arn:aws:iam::${ACCOUNT}:${kind}/${name}`,
  path: "/",
  created: CREATED,
  attachedTo: null,
  ...given,
});

function list({ list: wanted }: ListIam): IamRow[] {
  switch (wanted) {
    case "users":
      return [row("user", "administrator"), row("user", "johndoe")];
    case "groups":
      return [row("group", "randserver-developers")];
    case "roles":
      return [row("role", "task")];
    case "policies":
      return [row("policy", POLICY, { attachedTo: 1 })];
    case "awsPolicies":
      return [row("policy", READ_ONLY, { arn: `arn:aws:iam::aws:policy/${READ_ONLY}`, attachedTo: 1 })];
  }
}

function entity({ of }: GetIam): IamView {
  if (of.name === "nobody") throw apiError("iam-not-found", "Dev has no user `nobody`.", { side: "input" });
  return {
    of,
    arn: `arn:aws:iam::${ACCOUNT}:${of.kind}/${of.name}`,
    created: CREATED,
    boundary: null,
    trust: of.kind === "role" ? TEXT : null,
    attached: [{ name: READ_ONLY, arn: `arn:aws:iam::aws:policy/${READ_ONLY}`, text: TEXT }],
    inline: [{ name: "own", arn: null, text: TEXT }],
    groups: of.kind === "user" ? ["randserver-developers"] : null,
    members: of.kind === "group" ? ["johndoe"] : null,
    keys:
      of.kind === "user"
        ? [
            {
              id: "AKIAEXAMPLE000000001",
              active: true,
              created: CREATED,
              lastUsed: CREATED,
              lastUsedFor: "ecr, us-west-2",
            },
          ]
        : null,
    problems: [],
    locked: of.name === "administrator",
  };
}

function policy({ arn }: GetIamPolicy): IamPolicyView {
  return {
    arn,
    name: arn.slice(arn.lastIndexOf("/") + 1),
    description: null,
    ofAws: arn.includes(":aws:policy"),
    version: "v1",
    versions: 1,
    text: TEXT,
    statements: [{ sid: "Pull", effect: "Allow", text: "Users and roles with this policy may pull images." }],
    attachedTo: [{ kind: "group", name: "randserver-developers" }],
    problems: [],
  };
}

function ask({ actions, repositories }: AskIam): IamAnswers {
  return {
    problems: [],
    answers: actions.flatMap((asked) =>
      repositories.map((resource) => ({
        asked,
        action: asked === "push" ? "ecr:PutImage" : "ecr:BatchGetImage",
        resource,
        decision: resource === "randserver" ? ("allowed" as const) : ("notAllowed" as const),
        reason:
          resource === "randserver"
            ? `Statement \`Repositories\` of ${POLICY} of group randserver-developers allows it.`
            : "No statement of the identity policies allows it.",
        unseen: [],
        ignored: [],
        keys: [],
      })),
    ),
  };
}

const key = (): NewAccessKey => ({
  user: "johndoe",
  id: "AKIAEXAMPLE000000002",
  secret: "example-secret",
});

/** Users, groups and roles of a demo's accounts. */
export function iamHandlers(): Partial<Handlers> {
  return { iam_list: list, iam_entity: entity, iam_policy: policy, ask_iam: ask, take_key: key };
}
