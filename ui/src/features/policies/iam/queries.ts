import { useQuery } from "@tanstack/react-query";
import { api } from "../../../api/client";
import { keys, registryId } from "../../../api/keys";
import type { IamList, IamName, RegistryKey } from "../../../api/types";

/** A list of an account, read when it is shown. */
export function useIamList(registry: RegistryKey, list: IamList) {
  return useQuery({
    queryKey: [...keys.iam, "list", registryId(registry), list],
    queryFn: () => api.iamList({ registry, list }),
    staleTime: 0,
  });
}

/** A user, a group or a role with what belongs to it. */
export function useIamEntity(registry: RegistryKey, of: IamName) {
  return useQuery({
    queryKey: [...keys.iam, "entity", registryId(registry), of.kind, of.name],
    queryFn: () => api.iamEntity({ registry, of }),
    staleTime: 0,
  });
}

/** A managed policy. */
export function useIamPolicy(registry: RegistryKey, arn: string) {
  return useQuery({
    queryKey: [...keys.iam, "policy", registryId(registry), arn],
    queryFn: () => api.iamPolicy({ registry, arn }),
    staleTime: 0,
  });
}
