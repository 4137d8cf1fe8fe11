export const paths = {
  list: "Paths",
  empty: "No paths yet",
  emptyText:
    "A path is an ordered list of stages, such as dev → staging → production, each in its registries. Promoting copies a build, the same digest, from one stage into the next once the gates of the next stage let it through.",
  new: "New path…",
  open: "Open board",
  edit: "Edit…",
  stage: {
    gates_one: "{{count}} gate",
    gates_other: "{{count}} gates",
    approvals_one: "{{count}} approval",
    approvals_other: "{{count}} approvals",
    registries_one: "{{count}} registry",
    registries_other: "{{count}} registries",
    replicated: "carried by replication, not atomic",
  },
  services: "Services: {{names}}",
  allServices: "Every service of its first stage",
  changed: "Changed",
} as const;
