import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RepositoryKey } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";

/** Asks whether to delete a repository's images with it. */
export function DeleteRepositoryDialog({
  repositoryKey,
  onClose,
  onStarted,
}: {
  repositoryKey: RepositoryKey;
  onClose: () => void;
  onStarted: () => void;
}) {
  const { t } = useTranslation();
  const [withImages, setWithImages] = useState(false);
  const form = usePlanForm([], onClose, onStarted);
  return (
    <PlanFormDialog
      form={form}
      title={t("images.deleteDialog.title", { name: repositoryKey.repository })}
      description={t("images.deleteDialog.text")}
      space={repositoryKey.registry.space}
      registries={[repositoryKey.registry]}
      onSubmit={() => form.submit({ change: "deleteRepository", repository: repositoryKey, withImages })}
      onClose={onClose}
      data-testid="dialog-delete-repository"
    >
      <Checkbox
        label={t("images.deleteDialog.withImages")}
        checked={withImages}
        onChange={setWithImages}
        data-testid="delete-with-images"
      />
    </PlanFormDialog>
  );
}
