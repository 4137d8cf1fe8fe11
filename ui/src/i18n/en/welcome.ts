export const welcome = {
  title: "Welcome to Longshore",
  text: "Container images over many Amazon ECR accounts and Regions: see them, replicate them, promote them.",
  sandbox: {
    title: "Try it in the sandbox",
    text: "An ECR of your own on this computer, with a Dev and a Prod account. Nothing leaves this machine and no AWS account is needed. docker, skopeo and crane can push to it.",
    action: "Try it in the sandbox",
    starting: "Starting the sandbox…",
  },
  aws: {
    title: "Connect AWS accounts",
    text: "Work with your own registries. Access keys are kept in this computer's keychain and nowhere else.",
    action: "Connect AWS accounts",
  },
} as const;
