import type {
  AdoptRule,
  CheckOtherSide,
  CleanUpCandidates,
  CleanUpRepository,
  Export,
  Exported,
  Finding,
  GetCleanUp,
  LookIntoCleanUp,
  NameRule,
  OtherSide,
  RecentReplication,
  ReferrersSeen,
  RegistryKey,
  ReplicationView,
  RuleInput,
  RulePreview,
  RuleView,
} from "../api/types";
import type { Handlers } from "../platform/fake";
import { dev, devWest, imagesOf, prod, prodWest, registry, repositories } from "./demoWorld";

const names: Record<string, string> = { [dev.id]: dev.name, [prod.id]: prod.name };

export function finding(
  code: string,
  field: string | null,
  text: string,
  more: Partial<Finding> = {},
): Finding {
  return { code, severity: "error", field, text, hint: null, ...more };
}

function destination(where: RegistryKey) {
  return { registry: where, accountName: names[where.account] ?? null };
}

const rules: RuleView[] = [
  {
    id: "rule-1",
    sentence:
      "Every image pushed to a repository that begins with `prod-microservice` in Dev / us-west-2 is replicated to Prod / us-west-2.",
    destinations: [destination(prodWest)],
    filters: ["prod-microservice"],
    deleteReplication: false,
    ours: true,
    repositories: 1,
    findings: [],
    json: '{\n  "destinations": [{ "region": "us-west-2", "registryId": "444455556666" }],\n  "repositoryFilters": [{ "filter": "prod-microservice", "filterType": "PREFIX_MATCH" }]\n}',
  },
  {
    id: "rule-2",
    sentence: "Every image pushed to Dev / us-west-2 is replicated to Dev / eu-west-1.",
    destinations: [destination(registry(dev.id, "eu-west-1"))],
    filters: [],
    deleteReplication: false,
    ours: false,
    repositories: 70,
    findings: [
      finding("whole-registry", null, "The rule has no filter and replicates the whole registry.", {
        severity: "warning",
      }),
    ],
    json: '{\n  "destinations": [{ "region": "eu-west-1", "registryId": "111122223333" }]\n}',
  },
];

function view(where: RegistryKey, known: readonly RuleView[] = rules): ReplicationView {
  const own = where.account === dev.id && where.region === devWest.region ? [...known] : [];
  return {
    registry: where,
    document: JSON.stringify({ rules: own.map((rule) => JSON.parse(rule.json)) }, null, 2),
    rules: own,
    destinationsUsed: own.length,
    findings: [],
    asOf: new Date(Date.now() - 12_000).toISOString(),
  };
}

function check(rule: RuleInput): Finding[] {
  const found: Finding[] = [];
  if (rule.destinations.length === 0) {
    found.push(finding("destinations-empty", "destinations", "A rule needs at least one destination."));
  }
  rule.destinations.forEach(({ account, region }, index) => {
    const at = `destinations[${index}]`;
    if (!/^\d{12}$/.test(account)) {
      found.push(finding("account-id-invalid", `${at}.account`, "An account id has 12 digits."));
    }
    if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
      found.push(finding("region-invalid", `${at}.region`, `“${region}” is no Region.`));
    } else if (account === rule.registry.account && region === rule.registry.region) {
      found.push(finding("own-registry", at, "A registry cannot replicate to itself."));
    }
  });
  rule.filters.forEach((filter, index) => {
    if (!/^[a-z0-9][a-z0-9._/-]+$/.test(filter)) {
      found.push(
        finding("filter-invalid", `filters[${index}]`, "A filter is a prefix in lower case, without “*”.", {
          hint: "Type the beginning of the names.",
        }),
      );
    }
  });
  return found;
}

function preview(rule: RuleInput): RulePreview {
  const findings = check(rule);
  const known = repositories.filter(
    (row) => row.registry.account === rule.registry.account && row.registry.region === rule.registry.region,
  );
  const matches = known.flatMap((row) => {
    const filter = rule.filters.find((each) => row.name.startsWith(each));
    if (rule.filters.length > 0 && filter === undefined) return [];
    return [
      {
        repository: row.name,
        filter: filter ?? null,
        images: row.images,
        bytes: row.bytes,
        accidental: filter !== undefined && row.name !== filter && row.name.startsWith(`${filter}-`),
      },
    ];
  });
  const wrong = findings.some((each) => each.severity === "error");
  return {
    sentence: wrong ? null : "Every image pushed to a matching repository is replicated to the destinations.",
    findings,
    destinationsUsed: rule.destinations.length,
    driver: {
      driver: "native",
      reason: "The rule uses only prefixes and unchanged names, which ECR supports.",
    },
    matches: matches.slice(0, 200),
    repositories: matches.length,
    images: matches.reduce((sum, each) => sum + (each.images ?? 0), 0),
    bytes: matches.reduce((sum, each) => sum + (each.bytes ?? 0), 0),
  };
}

function otherSides({ rule, allRepositories, createRepository }: CheckOtherSide): OtherSide[] {
  return rule.destinations.map(({ account, region }) => {
    const where = { space: rule.registry.space, account, region };
    const own = account === rule.registry.account;
    const known = account in names;
    const prefixes = allRepositories || rule.filters.length === 0 ? [""] : rule.filters;
    const statement = {
      Sid: "ReplicationAccessCrossAccount",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${rule.registry.account}:root` },
      Action: [...(createRepository ? ["ecr:CreateRepository"] : []), "ecr:ReplicateImage"],
      Resource: prefixes.map((prefix) => `arn:aws:ecr:${region}:${account}:repository/${prefix}*`),
    };
    return {
      ...destination(where),
      state: own ? "notNeeded" : known ? "missing" : "cannotBeSeen",
      explanation: own
        ? "Same account: no statement is needed."
        : known
          ? "No statement allows this account to replicate here."
          : `The app has no account ${account}, so its policy cannot be read.`,
      allowedBy: null,
      statement: own ? null : JSON.stringify(statement, null, 2),
      cli: own ? null : `aws ecr put-registry-policy --region ${region} --policy-text file://policy.json`,
      canAdd: known && !own,
    };
  });
}

function recent(): RecentReplication[] {
  const row = repositories.find((each) => each.registry === devWest && each.name === "prod-microservice");
  return row
    ? imagesOf(row)
        .slice(0, 12)
        .flatMap((image) =>
          image.replication.map((status) => ({
            registry: devWest,
            repository: row.name,
            digest: image.digest,
            tags: image.tags,
            pushed: image.pushed,
            status,
          })),
        )
    : [];
}

function exported({ format, what }: Export): Exported {
  if (format === "cloudFormation" && what.subject === "replication") {
    return {
      text: null,
      refusal: "CloudFormation has no field for delete replication, which a rule of this document uses.",
      fileName: "replication.yaml",
    };
  }
  const text = {
    cli: 'set -eu\ntest "$(aws sts get-caller-identity --query Account --output text)" = 111122223333\naws ecr put-replication-configuration --region us-west-2 --cli-input-json file://replication.json\n',
    json: JSON.stringify({ rules: rules.map((rule) => JSON.parse(rule.json)) }, null, 2),
    terraform: 'resource "aws_ecr_replication_configuration" "this" {\n  # …\n}\n',
    cloudFormation: "Resources:\n  Replication:\n    Type: AWS::ECR::ReplicationConfiguration\n",
  }[format];
  return { text, refusal: null, fileName: `replication.${format === "cli" ? "sh" : format}` };
}

/** The clean-up candidates of `rule-1`. */
export const cleanUpCandidates: CleanUpCandidates = {
  source: devWest,
  rule: rules[0]?.sentence ?? null,
  sourceRepositories: [
    candidate(devWest, "dev-microservice", 42, { ours: true, chosen: true, why: "promotedFrom" }),
    candidate(devWest, "prod-microservice", 21, { ours: true, chosen: true, why: "made" }),
    candidate(devWest, "billing", 7, { ours: true, why: "unrelated" }),
    candidate(devWest, "prod-microservice-old", 3, { why: "madeByOthers" }),
  ],
  moreSourceRepositories: 0,
  destinationRepositories: [
    candidate(prodWest, "prod-microservice", 21, { staying: 2, why: "holdsOthers" }),
    candidate(prodWest, "prod-microservice-old", 20_000, { why: "notLookedInto" }),
  ],
  moreDestinationRepositories: 0,
  statements: [
    {
      key: { registry: prodWest, statement: "statement-1" },
      sid: "ReplicationAccessCrossAccount",
      sentence: "Dev may replicate into repositories that begin with `prod-microservice`.",
      otherAccounts: ["777788889999"],
      ours: true,
      chosen: true,
      why: "made",
    },
  ],
  problems: [],
};

function candidate(
  where: RegistryKey,
  repository: string,
  images: number,
  more: Partial<CleanUpRepository> & Pick<CleanUpRepository, "why">,
): CleanUpRepository {
  return {
    repository: { registry: where, repository },
    images,
    staying: 0,
    ours: false,
    chosen: false,
    ...more,
  };
}

/** Replication of the demo. */
export function replicationHandlers(): Handlers {
  let known = rules;
  const change = ({ registry, rule, name, note }: AdoptRule, more: Partial<RuleView> = {}) => {
    const words = { ...(name ? { name } : {}), ...(note ? { note } : {}) };
    known = known.map((each) => (each.id === rule ? { ...each, ...words, ...more } : each));
    return view(registry, known);
  };
  return {
    replication: (where: RegistryKey) => view(where, known),
    name_rule: (request: NameRule) => change(request),
    adopt_rule: (request: AdoptRule) => change(request, { ours: true }),
    preview_rule: preview,
    check_other_side: otherSides,
    recent_replications: recent,
    export: exported,
    look_into_clean_up: ({ repository }: LookIntoCleanUp): CleanUpRepository =>
      candidate(repository.registry, repository.repository, 19_998, { staying: 2, why: "holdsOthers" }),
    look_for_referrers: (): ReferrersSeen[] => [{ registry: prodWest, asked: 3, there: 2, problem: null }],
    clean_up: ({ rule }: GetCleanUp): CleanUpCandidates => ({
      ...cleanUpCandidates,
      rule: rule ? cleanUpCandidates.rule : null,
    }),
  };
}
