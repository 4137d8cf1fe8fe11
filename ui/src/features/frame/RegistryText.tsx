import type { Space } from "../../api/types";
import { RegistryName } from "./RegistryName";

const ECR = /^(\d{12})\/([a-z0-9-]+)$/;

/** A registry as path files name it: `ACCOUNT/REGION` by the account's name, or a host. */
export function RegistryText({ space, registry }: { space: Space; registry: string }) {
  const [, account, region] = ECR.exec(registry) ?? [];
  if (!account || !region) return <span>{registry}</span>;
  return <RegistryName registry={{ space, account, region }} />;
}
