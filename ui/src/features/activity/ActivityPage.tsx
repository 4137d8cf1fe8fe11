import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Activity. */
export function ActivityPage() {
  const { t } = useTranslation();
  return (
    <Page name="activity" header={<PageHeader title={t("activity.title")} />}>
      {null}
    </Page>
  );
}
