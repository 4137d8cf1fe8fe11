import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { CleanUpRepository, RegistryKey, RepositoryKey } from "../../api/types";
import { Button } from "../../components/Button";
import styles from "./CleanUp.module.css";

/** Asks which images of a big repository were replicated by the rule. */
export function LookInto({
  source,
  repository,
  onLooked,
}: {
  source: RegistryKey;
  repository: RepositoryKey;
  onLooked: (repository: CleanUpRepository) => void;
}) {
  const { t } = useTranslation();
  const look = useMutation({
    mutationFn: () => api.lookIntoCleanUp({ source, repository }),
    onSuccess: onLooked,
  });
  return (
    <>
      {look.error && (
        <span role="alert" className={styles.error}>
          {toApiError(look.error).message}
        </span>
      )}
      <Button
        size="small"
        busy={look.isPending}
        onClick={() => look.mutate()}
        data-testid={`cleanup-look-${repository.repository}`}
      >
        {t("cleanup.look")}
      </Button>
    </>
  );
}
