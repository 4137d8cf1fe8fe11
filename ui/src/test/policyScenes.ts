import type { Scene } from "./scene";

const TYPO =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:PutImagee","Resource":"*"}}';

/** The tools for policies of any kind. */
export const policyScenes: Record<string, Scene> = {
  "a policy that is built": {
    address: "/policies",
    actions: [
      { type: "policy-registries", text: "111122223333/us-west-2" },
      { type: "policy-repositories", text: "randserver" },
      "policy-document-save",
    ],
  },
  "a policy that is checked": {
    address: "/policies?tab=check",
    actions: [{ paste: "policies-text", text: TYPO }, "policy-fix-0"],
  },
  "a question about policies": {
    address: "/policies?tab=ask",
    actions: [
      { type: "ask-principal", text: "arn:aws:iam::123456789012:user/johndoe" },
      { type: "ask-repositories", text: "randserver, other" },
      "ask-add-policy",
      { paste: "ask-policy-1-text", text: TYPO },
      "ask-add-registry-policy",
    ],
  },
};
