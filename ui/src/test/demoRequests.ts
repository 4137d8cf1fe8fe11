import type {
  CheckExpected,
  CheckedReceipt,
  CheckReceipt,
  Expected,
  OpenedRequest,
  OpenRequest,
  RequestPlan,
  StatedPermission,
  WriteExpected,
  WriteRequest,
  WrittenExpected,
  WrittenReceipt,
  WrittenRequest,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { dev, digest, prod, prodWest } from "./demoWorld";

export const REQUEST_ID = "018f4e2a-7b1c-7c3d-9e4f-0a1b2c3d4e5f";

const statement = {
  Sid: "ReplicationAccessCrossAccount",
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${dev.id}:root` },
  Action: ["ecr:CreateRepository", "ecr:ReplicateImage"],
  Resource: [`arn:aws:ecr:us-west-2:${prod.id}:repository/prod-microservice*`],
};

/** A request's file of Dev, for Prod or another account. */
export function requestText(account = prod.id): string {
  const wants = [{ kind: "registry-policy-statement", statement }];
  const file = { longshore: "request/1", id: REQUEST_ID, for: { account, region: "us-west-2" }, wants };
  return JSON.stringify({ ...file, hash: "sha256:good" }, null, 2);
}

/** A receipt's file. */
export function receiptText(state: CheckedReceipt["outcome"]): string {
  return JSON.stringify({ longshore: "receipt/1", request: REQUEST_ID, state, hash: "sha256:good" }, null, 2);
}

/** What a receipt states about the statement that a rule needs of Prod. */
export function demoStated(more: Partial<StatedPermission> = {}): StatedPermission {
  return {
    request: REQUEST_ID,
    requested: new Date(Date.now() - 3_600_000).toISOString(),
    receipt: {
      outcome: "applied",
      applied: new Date(Date.now() - 60_000).toISOString(),
      principal: `arn:aws:iam::${prod.id}:user/administrator`,
      asRequested: true,
    },
    missing: [],
    seen: false,
    ...more,
  };
}

interface DemoFile {
  longshore?: string;
  hash?: string;
  request?: string;
  state?: CheckedReceipt["outcome"];
  for?: { account: string; region: string };
}

function fileOf(text: string, kind: string): DemoFile {
  let file: DemoFile;
  try {
    file = JSON.parse(text) as DemoFile;
  } catch {
    throw apiError("request-not-json", "The file is not JSON: it ends too early.", {
      side: "input",
      hint: "Choose the file that Longshore wrote, as it was sent.",
    });
  }
  if (file.longshore !== `${kind}/1`) {
    throw apiError("request-other-kind", `The file is not a Longshore ${kind}.`, {
      side: "input",
      hint: "Choose the file that Longshore wrote, as it was sent.",
    });
  }
  if (file.hash !== "sha256:good") {
    throw apiError("request-hash-differs", "The content has the hash a, the file says b.", {
      side: "input",
      hint: "The file was changed after it was written. Ask for it again.",
    });
  }
  return file;
}

/** The demo's request as it is opened. */
export function openedRequest({ space, text }: OpenRequest): OpenedRequest {
  const registry = { space, ...(fileOf(text, "request").for ?? prodWest) };
  const known = registry.account === prod.id;
  return {
    id: REQUEST_ID,
    registry,
    account: dev.id,
    principal: `arn:aws:iam::${dev.id}:user/developer`,
    reason: "Releases of prod-microservice.",
    created: new Date(Date.now() - 3_600_000).toISOString(),
    wants: [
      "A statement in the registry policy: Dev may replicate into repositories that begin with `prod-microservice`.",
    ],
    newlyAllowed: known
      ? [
          "Account 111122223333: `ecr:ReplicateImage`, `ecr:CreateRepository` on `repository/prod-microservice*`.",
        ]
      : [],
    findings: [],
    unknownFields: [],
    problem: known
      ? null
      : apiError("account-unknown", `Account ${registry.account} has not been added.`, {
          side: "input",
          hint: "Add it in the settings.",
        }),
  };
}

function planOfRequest({ text }: OpenRequest): RequestPlan {
  fileOf(text, "request");
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);
  return {
    registry: prodWest,
    change: { change: "putPolicy", registry: prodWest, text: policy },
    notApplied: [],
  };
}

/** A list of images as the developers give it. */
export const expectedText = `# Images of ${dev.id}/us-west-2, read 2026-12-01 10:00 UTC
prod-microservice:19@${digest("prod-microservice19")}
prod-microservice:20@${digest("prod-microservice20")}
prod-web:7
`;

const statedByList: Omit<Expected, "registry" | "at"> = {
  source: { kind: "list", note: `Images of ${dev.id}/us-west-2, read 2026-12-01 10:00 UTC` },
  images: [
    {
      line: 2,
      repository: "prod-microservice",
      tag: "19",
      digest: digest("prod-microservice19"),
      state: "present",
      found: digest("prod-microservice19"),
      image: `image: "127.0.0.1:4511/prod-microservice@${digest("prod-microservice19")}"`,
      problem: null,
    },
    {
      line: 3,
      repository: "prod-microservice",
      tag: "20",
      digest: digest("prod-microservice20"),
      state: "otherImage",
      found: digest("another image"),
      image: null,
      problem: null,
    },
    {
      line: 4,
      repository: "prod-web",
      tag: "7",
      digest: null,
      state: "noRepository",
      found: null,
      image: null,
      problem: null,
    },
  ],
  repositories: [],
};

const statedByRequest: Omit<Expected, "registry" | "at"> = {
  source: {
    kind: "request",
    id: REQUEST_ID,
    account: dev.id,
    created: new Date().toISOString(),
    reason: "Releases of the shop",
  },
  images: [],
  repositories: [
    { names: "prod-*", found: ["prod-microservice", "prod-web"], more: 0 },
    { names: "base-*", found: [], more: 0 },
  ],
};

/** Requests and receipts of the demo. */
export function requestHandlers(): Handlers {
  return {
    write_request: ({ statement: { registry } }: WriteRequest): WrittenRequest => ({
      id: REQUEST_ID,
      registry,
      text: requestText(registry.account),
    }),
    open_request: openedRequest,
    plan_of_request: planOfRequest,
    write_receipt: (): WrittenReceipt => ({
      request: REQUEST_ID,
      applied: true,
      text: receiptText("applied"),
    }),
    check_expected: ({ registry, text }: CheckExpected): Expected => ({
      registry,
      ...(text.trim().startsWith("{") ? statedByRequest : statedByList),
      at: new Date().toISOString(),
    }),
    write_expected: ({ registry }: WriteExpected): WrittenExpected => ({
      registry,
      text: expectedText,
      images: 2,
      leftOut: 0,
    }),
    check_receipt: ({ space, text }: CheckReceipt): CheckedReceipt => ({
      request: REQUEST_ID,
      registry: { ...prodWest, space },
      outcome: fileOf(text, "receipt").state ?? "refused",
      asRequested: true,
      principal: `arn:aws:iam::${prod.id}:user/administrator`,
      applied: new Date(Date.now() - 60_000).toISOString(),
      unknownFields: [],
    }),
  };
}
