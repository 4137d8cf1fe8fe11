import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { RegistryKey, RepositoryKey, Scope } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { visible } from "../../components/hidden";
import { ErrorState, SkeletonLines } from "../../components/States";
import { RegistryPicker } from "../frame/RegistryPicker";
import { SpaceBadge } from "../frame/SpaceBadge";
import styles from "./Comparison.module.css";
import { related, withoutTwins } from "./differences";
import { SettingsComparison } from "./SettingsComparison";
import { useMakeEqual } from "./useMakeEqual";

const none: readonly RegistryKey[] = [];

/** The settings of a repository beside those of its namesakes: where rules replicate it, and anywhere else. */
export function CompareDialog({
  repository,
  initial = none,
  onClose,
}: {
  repository: RepositoryKey;
  /** Registries that are compared too. */
  initial?: readonly RegistryKey[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [added, setAdded] = useState<RegistryKey[]>([]);
  const equal = useMakeEqual();
  const scope: Scope = { space: repository.registry.space, account: null, region: null };
  const links = useQuery({ queryKey: [...keys.overview, scope], queryFn: () => api.overview(scope) });
  const own = registryId(repository.registry);
  const registries = withoutTwins([
    ...related(repository, links.data?.links ?? []),
    ...initial,
    ...added,
  ]).filter((each) => registryId(each) !== own);
  return (
    <Dialog
      open={!equal.form.reviewing}
      onClose={onClose}
      title={t("comparison.dialog.title", { repository: visible(repository.repository) })}
      description={t("comparison.about")}
      badge={<SpaceBadge space={repository.registry.space} registries={[repository.registry]} />}
      size="large"
      focus="body"
      data-testid="dialog-compare"
      footer={
        <Button onClick={onClose} data-testid="compare-close">
          {t("common.close")}
        </Button>
      }
    >
      <RegistryPicker
        value={null}
        onChange={(registry) => setAdded([...added, registry])}
        label={t("comparison.dialog.add")}
        field
        data-testid="compare-add"
      />
      {links.error && !links.isFetching ? (
        <ErrorState error={links.error} compact onRetry={() => void links.refetch()} />
      ) : (
        links.isPending && <SkeletonLines lines={4} />
      )}
      {registries.length > 0 ? (
        <SettingsComparison
          key={registries.map(registryId).join(" ")}
          repository={repository}
          registries={registries}
          equal={equal}
        />
      ) : (
        links.data && <p className={styles.muted}>{t("comparison.dialog.none")}</p>
      )}
    </Dialog>
  );
}
