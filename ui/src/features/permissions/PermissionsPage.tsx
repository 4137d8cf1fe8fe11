import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Permissions. */
export function PermissionsPage() {
  const { t } = useTranslation();
  return (
    <Page name="permissions" header={<PageHeader title={t("permissions.title")} />}>
      {null}
    </Page>
  );
}
