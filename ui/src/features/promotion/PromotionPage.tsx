import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowUpFromLine, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { Page, PageHeader } from "../../components/PageHeader";
import { Tabs } from "../../components/Tabs";
import { NoAccounts } from "../frame/NoAccounts";
import { useScope } from "../frame/scope";
import { ApprovalsView } from "./approvals/ApprovalsView";
import { PathList } from "./paths/PathList";
import { RecordView } from "./record/RecordView";

/** Paths on which builds are promoted. */
export function PromotionPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab = "paths", text = "" } = useSearch({ from: "/promotion" });
  const { accounts, space } = useScope();
  return (
    <Page
      name="promotion"
      header={
        <PageHeader
          title={t("promotion.title")}
          subtitle={t("promotion.about")}
          actions={
            <>
              <Button
                icon={<ArrowUpFromLine />}
                onClick={() => void navigate({ to: "/promotion/image", search: {} })}
                data-testid="promote-one"
              >
                {t("promotion.oneImage")}
              </Button>
              <Button
                icon={<Plus />}
                onClick={() => void navigate({ to: "/promotion/path", search: { space } })}
                data-testid="path-new"
              >
                {t("paths.new")}
              </Button>
            </>
          }
        />
      }
    >
      {accounts.length > 0 ? (
        <Tabs
          key={space}
          label={t("promotion.title")}
          value={tab}
          onChange={(next) => void navigate({ to: "/promotion", search: { tab: next }, replace: true })}
          tabs={[
            { value: "paths", label: t("promotion.tabs.paths"), content: <PathList space={space} /> },
            {
              value: "record",
              label: t("promotion.tabs.record"),
              content: <RecordView space={space} start={text} />,
            },
            {
              value: "approvals",
              label: t("promotion.tabs.approvals"),
              content: <ApprovalsView space={space} />,
            },
          ]}
          data-testid="promotion-tab"
        />
      ) : (
        <NoAccounts />
      )}
    </Page>
  );
}
