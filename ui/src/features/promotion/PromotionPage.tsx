import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Promotion. */
export function PromotionPage() {
  const { t } = useTranslation();
  return (
    <Page name="promotion" header={<PageHeader title={t("promotion.title")} />}>
      {null}
    </Page>
  );
}
