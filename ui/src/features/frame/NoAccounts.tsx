import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState, SkeletonLines } from "../../components/States";
import { useAccounts } from "./queries";

/** Says that the space has no accounts, once they have been read; the frame reports a failed read. */
export function NoAccounts({ icon, actions }: { icon?: ReactNode; actions?: ReactNode }) {
  const { t } = useTranslation();
  const accounts = useAccounts();
  if (accounts.isPending) return <SkeletonLines lines={4} />;
  if (!accounts.data) return null;
  return (
    <EmptyState icon={icon} title={t("overview.empty")} text={t("overview.emptyText")} actions={actions} />
  );
}
