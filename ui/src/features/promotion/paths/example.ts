import type { RegistryKey } from "../../../api/types";

/** The file of a path to begin with, in registries that there are. */
export function examplePath(registries: readonly RegistryKey[], comment: string): string {
  const [first = { account: "111122223333", region: "us-west-2" }] = registries;
  const last = registries.find(({ account }) => account !== first.account) ?? first;
  const name = ({ account, region }: Pick<RegistryKey, "account" | "region">) => `${account}/${region}`;
  return `# ${comment}
paths:
  - name: shop
    stages:
      - { name: dev, registry: ${name(first)}, repositories: "dev-{service}" }
      - name: production
        registry: ${name(last)}
        repositories: "prod-{service}"
        tags: keep
        gates:
          - minimum_age: 1h
`;
}
