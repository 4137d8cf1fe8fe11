export const promotion = {
  title: "Promotion",
} as const;
