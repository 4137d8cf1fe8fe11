import { Link } from "@tanstack/react-router";
import { PackageX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { EmptyState } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import { useScope } from "../frame/scope";

/** Says that a repository no longer exists, and leads to those that its registry has. */
export function RepositoryGone({ registry }: { registry: RegistryKey }) {
  const { t } = useTranslation();
  const { set } = useScope();
  return (
    <EmptyState
      icon={<PackageX />}
      title={t("images.detail.gone")}
      text={t("images.detail.goneText")}
      actions={
        <Link
          to="/images"
          onClick={() => set(registry.account, registry.region)}
          data-testid="registry-repositories"
        >
          {t("images.detail.others")} <RegistryName registry={registry} />
        </Link>
      }
      data-testid="repository-gone"
    />
  );
}
