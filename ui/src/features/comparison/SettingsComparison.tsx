import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId, repositoryId } from "../../api/keys";
import type { RegistryKey, RepositoryKey, SettingsComparison as Settings } from "../../api/types";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { ErrorState, SkeletonLines } from "../../components/States";
import styles from "./Comparison.module.css";
import { equalRequest } from "./differences";
import { SettingsTable } from "./SettingsTable";
import type { MakeEqual } from "./useMakeEqual";

/** The settings of a repository beside those of its namesakes, read now, and the plan that makes them equal. */
export function SettingsComparison({
  repository,
  registries,
  equal,
}: {
  repository: RepositoryKey;
  /** The other registries. */
  registries: readonly RegistryKey[];
  equal: MakeEqual;
}) {
  const read = useQuery({
    queryKey: [...keys.comparison, repositoryId(repository), registries.map(registryId)],
    queryFn: () => api.compareSettings({ repository, with: [...registries] }),
    staleTime: 0,
  });
  const again = () => void read.refetch();
  const error = read.error && !read.isFetching && <ErrorState error={read.error} compact onRetry={again} />;
  if (!read.data) return error || <SkeletonLines lines={4} />;
  return (
    <>
      {error}
      <Compared
        repository={repository}
        comparison={read.data}
        busy={read.isFetching}
        onRefresh={again}
        equal={equal}
      />
    </>
  );
}

function Compared({
  repository,
  comparison,
  busy,
  onRefresh,
  equal,
}: {
  repository: RepositoryKey;
  comparison: Settings;
  busy: boolean;
  onRefresh: () => void;
  equal: MakeEqual;
}) {
  const { t } = useTranslation();
  const { form } = equal;
  const left = equal.leftOut(repository);
  const { others } = comparison;
  const request = equalRequest(repository, comparison, left);
  const differs = others.some((other) => other.different.length > 0);
  const alike = !differs && others.every((other) => other.settings !== null);
  return (
    <div className={styles.stack} data-testid="comparison">
      <SettingsTable
        repository={repository}
        comparison={comparison}
        left={left}
        onLeft={(next) => equal.setLeftOut(repository, next)}
        onRefresh={onRefresh}
      />
      {alike && (
        <p role="status" data-testid="comparison-equal">
          {t("comparison.equal", { count: others.length })}
        </p>
      )}
      {others.some((other) => other.different.includes("encryption")) && (
        <div data-testid="comparison-encryption">
          <Notice>{t("comparison.encryptionFixed")}</Notice>
        </div>
      )}
      <p className={styles.muted}>{t("comparison.encryptionKind")}</p>
      <div className={styles.buttons}>
        <Button
          size="small"
          icon={<RefreshCw />}
          busy={busy}
          onClick={onRefresh}
          data-testid="comparison-refresh"
        >
          {t("comparison.refresh")}
        </Button>
        {differs && (
          <>
            <Button
              size="small"
              variant="primary"
              busy={form.busy}
              disabled={request === null}
              onClick={() => request && form.submit(request)}
              data-testid="make-equal"
            >
              {t("comparison.makeEqual")}
            </Button>
            <span className={styles.muted}>{t("comparison.makeEqualText")}</span>
          </>
        )}
      </div>
      {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
    </div>
  );
}
