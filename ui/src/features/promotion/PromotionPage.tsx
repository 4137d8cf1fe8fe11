import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowUpFromLine, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { Page, PageHeader } from "../../components/PageHeader";
import { NoAccounts } from "../frame/NoAccounts";
import { useScope } from "../frame/scope";
import { PathList } from "./paths/PathList";

/** Paths on which builds are promoted. */
export function PromotionPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  useSearch({ from: "/promotion" });
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
      {accounts.length > 0 ? <PathList key={space} space={space} /> : <NoAccounts />}
    </Page>
  );
}
