import { useTranslation } from "react-i18next";
import { Page, PageHeader } from "../../components/PageHeader";

/** Replication. */
export function ReplicationPage() {
  const { t } = useTranslation();
  return (
    <Page name="replication" header={<PageHeader title={t("replication.title")} />}>
      {null}
    </Page>
  );
}
