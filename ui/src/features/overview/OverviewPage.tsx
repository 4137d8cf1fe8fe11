import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Overview. */
export function OverviewPage() {
  const { t } = useTranslation();
  return (
    <Page name="overview" header={<PageHeader title={t("overview.title")} />}>
      {null}
    </Page>
  );
}
