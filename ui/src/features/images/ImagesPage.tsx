import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Images. */
export function ImagesPage() {
  const { t } = useTranslation();
  return (
    <Page name="images" header={<PageHeader title={t("images.title")} />}>
      {null}
    </Page>
  );
}
