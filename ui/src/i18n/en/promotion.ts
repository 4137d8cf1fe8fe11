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
  mount: "Turn on blob mounting in the destination first",
  mountHint:
    "A separate step. Layers that the registry already has are then not uploaded again. It stays on afterwards.",
  plan: "Plan promotion…",
  planTitle: "Review plan",
  run: "Promote",
  running: "Promotion",
} as const;
