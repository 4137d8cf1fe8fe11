import type {
  CheckedPolicyText,
  CheckPolicyText,
  KeptVersion,
  ListVersions,
  MergedPolicy,
  MergePolicy,
  PolicyView,
  RegistryKey,
  StatementInput,
  StatementPreview,
} from "../api/types";
import type { Handlers } from "../platform/fake";
import { finding } from "./demoReplication";
import { prodWest } from "./demoWorld";

const statement = {
  Sid: "CentralScanning",
  Effect: "Allow",
  Principal: { AWS: "arn:aws:iam::777788889999:root" },
  Action: ["ecr:ReplicateImage", "ecr:CreateRepository"],
  Resource: ["arn:aws:ecr:us-west-2:444455556666:repository/*"],
};

const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);

function policy(registry: RegistryKey): PolicyView {
  const has = registry.account === prodWest.account;
  return {
    registry,
    document: has ? document : null,
    statements: has
      ? [
          {
            id: "statement-2",
            sid: statement.Sid,
            effect: "Allow",
            sentence:
              "777788889999 may replicate into every repository and create repositories that do not exist.",
            principals: [statement.Principal.AWS],
            actions: statement.Action,
            resources: statement.Resource,
            ours: false,
            findings: [
              finding("all-repositories", null, "The statement covers every repository of the registry.", {
                severity: "warning",
                hint: "Limit it to the prefixes that are replicated.",
              }),
            ],
            json: JSON.stringify(statement, null, 2),
          },
        ]
      : [],
    length: has ? 248 : 0,
    findings: [],
    asOf: new Date(Date.now() - 30_000).toISOString(),
    base: has ? "base-1" : "none",
    scope: "V2",
  };
}

/** The policies of registries that have never been upgraded. */
export function policiesOfV1(registry: RegistryKey): PolicyView {
  const of = policy(registry);
  const statements = of.statements.map((each) => ({
    ...each,
    findings: [
      finding(
        "action-without-effect",
        "Statement[0].Action",
        "The statement has no effect until the policy scope of this registry is V2.",
        { severity: "warning", hint: "Upgrade the policy scope: its plan shows what becomes effective." },
      ),
    ],
  }));
  return { ...of, statements, scope: "V1" };
}

function preview(input: StatementInput): StatementPreview {
  const findings = [
    ...(/^[A-Za-z0-9]+$/.test(input.sid)
      ? []
      : [finding("sid-invalid", "sid", "A statement id has only letters and digits.")]),
    ...(input.accounts.length === 0
      ? [finding("accounts-empty", "accounts", "At least one account is needed.")]
      : []),
    ...input.accounts.flatMap((account, index) =>
      /^\d{12}$/.test(account)
        ? []
        : [finding("account-id-invalid", `accounts[${index}]`, `“${account}” has not 12 digits.`)],
    ),
    ...(!input.allRepositories && input.prefixes.length === 0
      ? [finding("prefixes-empty", "prefixes", "Name a prefix, or choose all repositories.")]
      : []),
  ];
  const taken = input.sid === statement.Sid;
  const wrong = findings.length > 0;
  const { account, region } = input.registry;
  const made = {
    Sid: input.sid,
    Effect: "Allow",
    Principal: { AWS: input.accounts.map((each) => `arn:aws:iam::${each}:root`) },
    Action: [...(input.createRepository ? ["ecr:CreateRepository"] : []), "ecr:ReplicateImage"],
    Resource: (input.allRepositories ? [""] : input.prefixes).map(
      (prefix) => `arn:aws:ecr:${region}:${account}:repository/${prefix}*`,
    ),
  };
  return {
    statement: wrong ? null : JSON.stringify(made, null, 2),
    sentence: wrong ? null : `${input.accounts.join(", ")} may replicate into this registry.`,
    findings,
    alreadyAllowedBy: null,
    freeSid: taken ? `${input.sid}2` : null,
    document: null,
    length: wrong ? null : 248 + JSON.stringify(made).length,
  };
}

function checkText({ text, fixes }: CheckPolicyText): CheckedPolicyText {
  try {
    const value = JSON.parse(text) as { Statement?: unknown; Effect?: unknown };
    if (value.Statement) {
      return {
        summary: "A policy.",
        findings: [],
        line: null,
        column: null,
        mended: null,
        fixes: [],
        writable: true,
      };
    }
    return {
      summary: "A single statement.",
      findings: [
        finding("resource-missing", "Resource", "`Resource` is missing.", {
          hint: "Add it.",
        }),
      ],
      line: null,
      column: null,
      mended: JSON.stringify(
        {
          Version: "2012-10-17",
          Statement: [fixes.includes("resource-missing") ? { ...value, Resource: "*" } : value],
        },
        null,
        2,
      ),
      fixes: [
        {
          id: "resource-missing",
          code: "resource-missing",
          what: "`Resource` is added: `*`.",
          newlyAllows: "Account 111122223333: `ecr:ReplicateImage` on every repository.",
          applied: false,
        },
      ],
      writable: false,
    };
  } catch {
    const before = text.slice(0, text.search(/,\s*[\]}]/) + 1).split("\n");
    return {
      summary: "This is not JSON.",
      findings: [finding("json-invalid", null, "There is a comma before a closing bracket.")],
      line: before.length,
      column: before.at(-1)?.length ?? 1,
      mended: null,
      fixes: [],
      writable: false,
    };
  }
}

function merge({ registry, text, base, draft }: MergePolicy): MergedPolicy {
  const now = policy(registry);
  const into = draft ?? now.document;
  const there = into ? JSON.parse(into).Statement : [];
  const statements = [...there, ...JSON.parse(text).Statement];
  return {
    text: JSON.stringify({ Version: "2012-10-17", Statement: statements }, null, 2),
    base: draft === undefined ? now.base : base,
    changedSince: [],
  };
}

function keptVersions({ registry, document: of }: ListVersions): KeptVersion[] {
  if (of !== "policy" || registry.account !== prodWest.account) return [];
  const at = new Date(Date.now() - 3_600_000).toISOString();
  return [
    {
      version: { id: "version-1", kind: "registry policy", registry, at },
      replacedBy: "Add statement",
      parts: 1,
      none: false,
    },
  ];
}

/** Permissions of the demo. */
export function permissionHandlers(): Handlers {
  return {
    policy,
    preview_statement: preview,
    generate_policy: preview,
    check_policy_text: checkText,
    merge_policy: merge,
    kept_versions: keptVersions,
  };
}
