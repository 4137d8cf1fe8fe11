import type { Scene } from "./scene";

const IAM = "/policies?tab=iam";
const POLICY = '{"Version":"2012-10-17","Statement":[]}';

/** Users, groups and roles. */
export const iamScenes: Record<string, Scene> = {
  "the users of an account": {
    address: IAM,
    actions: ["iam-row-johndoe", { type: "iam-may-repositories", text: "randserver, other" }],
  },
  "the user who manages an account": { address: IAM, actions: ["iam-row-administrator"] },
  "the groups of an account": {
    address: IAM,
    actions: ["iam-list", "iam-list-groups", "iam-row-randserver-developers"],
  },
  "the roles of an account": { address: IAM, actions: ["iam-list", "iam-list-roles", "iam-row-task"] },
  "a managed policy": {
    address: IAM,
    actions: [
      "iam-list",
      "iam-list-policies",
      "iam-row-EcrPushPullRandserverDevelopers",
      "iam-policy-document-save",
      "iam-policy-edit",
      "dialog-iam-document-review",
      "plan-run",
    ],
  },
  "the dialog that attaches a managed policy to others": {
    address: IAM,
    actions: [
      "iam-list",
      "iam-list-awsPolicies",
      "iam-row-AmazonEC2ContainerRegistryReadOnly",
      "iam-attach-to",
      { type: "iam-attach-names", text: "group/randserver-developers" },
      "dialog-iam-attach-to-review",
      "plan-run",
    ],
  },
  "the dialog that creates a user": {
    address: IAM,
    actions: ["iam-create", { type: "iam-name", text: "johndoe" }, "dialog-iam-create-review", "plan-run"],
  },
  "the dialog that creates a role": {
    address: IAM,
    actions: [
      "iam-list",
      "iam-list-roles",
      "iam-create",
      { type: "iam-name", text: "task" },
      { paste: "iam-trust-text", text: POLICY },
      "dialog-iam-create-review",
      "plan-run",
    ],
  },
  "the dialog that creates a policy": {
    address: IAM,
    actions: [
      "iam-list",
      "iam-list-policies",
      "iam-create",
      { type: "iam-policy-name", text: "Pull" },
      { paste: "iam-policy-text", text: POLICY },
      "dialog-iam-policy-review",
      "plan-run",
    ],
  },
  "the dialog that creates a policy that was built": {
    address: "/policies",
    actions: [
      { type: "policy-registries", text: "111122223333/us-west-2" },
      { type: "policy-repositories", text: "randserver" },
      "policy-create-it",
      { type: "iam-policy-name", text: "Push" },
      { type: "iam-policy-attach", text: "group/randserver-developers" },
      "dialog-iam-policy-review",
      "plan-run",
    ],
  },
  "the dialog that attaches a policy": {
    address: IAM,
    actions: [
      "iam-row-johndoe",
      "iam-attach",
      { type: "iam-attach-policy", text: "AmazonEC2ContainerRegistryReadOnly" },
      "dialog-iam-attach-review",
      "plan-run",
    ],
  },
  "the dialog that adds to a group": {
    address: IAM,
    actions: [
      "iam-row-johndoe",
      "iam-join",
      { type: "iam-member", text: "randserver-developers" },
      "dialog-iam-member-review",
      "plan-run",
    ],
  },
  "the dialog of an inline policy": {
    address: IAM,
    actions: [
      "iam-row-johndoe",
      "iam-inline-write",
      { type: "iam-inline-name", text: "own" },
      { paste: "iam-document-text", text: POLICY },
      "dialog-iam-document-review",
      "plan-run",
    ],
  },
  "the plan that deletes a user": { address: IAM, actions: ["iam-row-johndoe", "iam-delete", "plan-run"] },
  "a new access key": {
    address: IAM,
    actions: ["iam-row-johndoe", "iam-key-create", "plan-run", "iam-new-key-done"],
  },
};
