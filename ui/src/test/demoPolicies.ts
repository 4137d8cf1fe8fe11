import type {
  AskPolicies,
  BuildPolicy,
  BuiltPolicy,
  CheckedPolicies,
  CheckPolicies,
  FixedPolicies,
  FixPolicies,
  PolicyAnswers,
  PolicyRecipe,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { finding } from "./demoReplication";

const REPOSITORIES = ["registries", "repositories", "prefixes", "tag"];
const recipe = (kind: string, sentence: string, fields: string[]): PolicyRecipe => ({
  kind,
  sentence,
  fields,
});

const recipes: PolicyRecipe[] = [
  recipe("pull", "Pull images.", REPOSITORIES),
  recipe("push-pull", "Pull and push images.", REPOSITORIES),
  recipe("repository-pull", "A repository's policy: others may pull.", ["principals", "organization"]),
  recipe(
    "registry-organization-pull",
    "A registry's policy: an organization may pull, with policy scope V2.",
    ["registries", "organization", "repositories"],
  ),
  recipe("trust-account", "A role's trust policy: accounts, users or roles.", [
    "principals",
    "externalId",
    "mfa",
  ]),
  recipe("trust-github", "A role's trust policy: workflows of GitHub Actions.", [
    "registries",
    "projects",
    "branch",
  ]),
];

function build({ kind, registries, repositories }: BuildPolicy): BuiltPolicy {
  const [registry] = registries;
  if (!registry) throw apiError("input-missing", "Name a registry.", { field: "registries", side: "input" });
  if (!/^\d{12}/.test(registry)) {
    const text = "`prod` is no registry. Write ACCOUNT/REGION.";
    throw apiError("invalid-registry", text, { field: "registries", side: "input" });
  }
  const resource = `arn:aws:ecr:us-west-2:${registry.slice(0, 12)}:repository/${repositories[0] ?? "*"}`;
  const statement = { Sid: "Repositories", Effect: "Allow", Action: ["ecr:PutImage"], Resource: [resource] };
  return {
    document: JSON.stringify({ Version: "2012-10-17", Id: kind, Statement: [statement] }, null, 2),
    actions: [
      { action: "ecr:GetAuthorizationToken", meaning: "Log in to registries.", byRepository: false },
      { action: "ecr:PutImage", meaning: "Push a manifest and its tag.", byRepository: true },
    ],
    length: 312,
    findings: [],
  };
}

const TYPO = "ecr:PutImagee";

function check({ text }: CheckPolicies): CheckedPolicies {
  const at = text.split("\n").findIndex((line) => line.includes(TYPO));
  const wrong = finding("action-unknown", "/Statement/Action", `There is no action \`${TYPO}\`.`, {
    severity: "error",
    hint: "Use `ecr:PutImage`.",
  });
  const fix = `\`${TYPO}\` becomes \`ecr:PutImage\`.`;
  return {
    documents: [
      {
        what: "an IAM policy for users and roles",
        kind: "identity",
        repository: null,
        statements: [{ sid: "Push", effect: "Allow", text: "Allows to push images to every repository." }],
        line: 1,
      },
    ],
    findings: at < 0 ? [] : [{ finding: wrong, line: at + 1, column: 13, fix }],
    list: "2026-11-01",
  };
}

const fix = ({ checked }: FixPolicies): FixedPolicies => ({
  text: checked.text.replace(TYPO, "ecr:PutImage"),
  alone: false,
});

function ask({ principal, actions, resources }: AskPolicies): PolicyAnswers {
  if (!principal.startsWith("arn:")) {
    const text = `\`${principal}\` is no principal.`;
    throw apiError("question-unreadable", text, { field: "principal", side: "input" });
  }
  const blank = { unseen: ["the permissions boundary"], ignored: [], keys: [] };
  return {
    answers: actions.flatMap((asked) =>
      resources.map((resource) => ({
        ...blank,
        asked,
        action: asked === "push" ? "ecr:PutImage" : "ecr:BatchGetImage",
        resource,
        decision: resource === "randserver" ? ("allowed" as const) : ("notAllowed" as const),
        reason:
          resource === "randserver"
            ? "Statement `Repositories` of push-pull allows it."
            : "No statement of the identity policies allows it.",
      })),
    ),
  };
}

/** Policies that are built, checked and asked. */
export function policyHandlers(): Partial<Handlers> {
  return {
    policy_recipes: () => recipes,
    build_policy: build,
    check_policies: check,
    fix_policies: fix,
    ask_policies: ask,
  };
}
