export const replication = {
  title: "Replication",
} as const;
