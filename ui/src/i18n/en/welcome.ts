export const welcome = {
  title: "Welcome to Longshore",
  text: "See, replicate and promote container images across Amazon ECR accounts and Regions.",
  sandbox: {
    title: "Try it in the sandbox",
    text: "A local ECR on this computer, with a Dev and a Prod account. It needs no AWS account, and nothing leaves this computer. Docker, skopeo and crane can push to it.",
    action: "Try it in the sandbox",
    starting: "Starting the sandbox…",
  },
  aws: {
    title: "Connect AWS accounts",
    text: "Work with your own registries. Longshore uses the profiles of this computer, or access keys that it stores only in the keychain.",
    action: "Connect AWS accounts",
  },
} as const;
