import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { registryId } from "../../../api/keys";
import type { RegistryKey } from "../../../api/types";
import { Page, PageHeader } from "../../../components/PageHeader";
import { NoAccounts } from "../../frame/NoAccounts";
import { useScope, useScopeRegistries } from "../../frame/scope";
import { PromotionForm } from "./PromotionForm";

/** Promotes an image to another name: choose it, choose the destination, review the plan, watch the run. */
export function PromoteImagePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/promotion/image" });
  const { accounts, space } = useScope();
  const [first] = useScopeRegistries();
  const named = accounts.find((each) => each.id === search.account);
  const registry: RegistryKey | undefined =
    named && search.region ? { space: named.space, account: named.id, region: search.region } : first;
  return (
    <Page
      name="promote-image"
      header={<PageHeader title={t("promotion.imageTitle")} subtitle={t("promotion.subtitle")} />}
    >
      {registry ? (
        <PromotionForm
          // Another image in the address, or another space, is another promotion.
          key={`${space} ${registryId(registry)} ${search.repository} ${search.digest} ${search.tag}`}
          start={{
            registry,
            repository: search.repository ?? null,
            digest: search.digest ?? null,
            tag: search.tag ?? null,
          }}
        />
      ) : (
        <NoAccounts />
      )}
    </Page>
  );
}
