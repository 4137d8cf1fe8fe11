import { Plus, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Button, IconButton } from "../../components/Button";
import { Page, PageHeader } from "../../components/PageHeader";
import { SplitPane } from "../../components/SplitPane";
import { showToast } from "../../components/Toaster";
import { useVisible } from "../frame/queries";
import { useScope, useScopeRegistries } from "../frame/scope";
import { ExpectedImagesButton } from "../requests/ExpectedImages";
import { CreateRepositoryDialog } from "./CreateRepositoryDialog";
import { RegistryTree } from "./RegistryTree";
import { RepositoryList } from "./RepositoryList";

/** Every repository of every account and Region, as a tree and a list. */
export function ImagesPage() {
  const { t } = useTranslation();
  const { scope } = useScope();
  const registries = useScopeRegistries();
  const [creating, setCreating] = useState(false);
  useVisible({ registries, repository: null, images: [] });
  const refresh = () => {
    api.refresh(scope).then(
      () => showToast({ id: "refresh", kind: "info", title: t("images.refreshed") }),
      (error) => showToast({ id: "refresh", kind: "error", title: error.message ?? t("common.readFailed") }),
    );
  };
  return (
    <Page
      name="images"
      fill
      header={
        <PageHeader
          title={t("images.title")}
          actions={
            <>
              <IconButton
                label={t("images.refresh")}
                icon={<RefreshCw />}
                onClick={refresh}
                data-testid="images-refresh"
              />
              <ExpectedImagesButton />
              <Button
                variant="primary"
                icon={<Plus />}
                onClick={() => setCreating(true)}
                data-testid="create-repository"
              >
                {t("images.create")}
              </Button>
            </>
          }
        />
      }
    >
      <SplitPane
        side={<RegistryTree />}
        sideAt="left"
        label={t("common.resize")}
        initial={196}
        least={150}
        most={360}
      >
        <RepositoryList onCreate={() => setCreating(true)} />
      </SplitPane>
      {creating && <CreateRepositoryDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}
