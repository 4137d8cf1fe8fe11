import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Settings. */
export function SettingsPage() {
  const { t } = useTranslation();
  return (
    <Page name="settings" header={<PageHeader title={t("settings.title")} />}>
      {null}
    </Page>
  );
}
