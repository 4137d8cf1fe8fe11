import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Repository. */
export function RepositoryPage() {
  const { t } = useTranslation();
  return (
    <Page name="repository" header={<PageHeader title={t("images.title")} />}>
      {null}
    </Page>
  );
}
