export const findings = {
  registries: "Registries",
  sameFor_one: "The same for",
  sameFor_other: "The same for {{count}} others:",
  more: "and {{count}} more",
} as const;
