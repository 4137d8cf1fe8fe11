export const promotion = {
  title: "Promotion",
  subtitle: "The same image under another name: same digest, no rebuild",
  image: "Image",
  destination: "Destination",
  registry: "Registry",
  repository: "Repository",
  tag: "Tag",
  newest: "Newest images",
  create: "Create the repository if it does not exist",
  mount: "Turn blob mounting on in the destination first",
  mountHint:
    "A step of its own. With it, layers that the registry has already are not uploaded again. It stays on afterwards.",
  plan: "Plan",
  planTitle: "What would happen",
  run: "Promote",
  running: "Promotion",
} as const;
