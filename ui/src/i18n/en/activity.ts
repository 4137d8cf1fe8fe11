export const activity = {
  title: "Activity",
  drawer: "Runs",
  running_zero: "Nothing is running",
  running_one: "{{count}} run under way",
  running_other: "{{count}} runs under way",
} as const;
