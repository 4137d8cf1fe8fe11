import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RepositoryKey } from "../../api/types";
import { TextArea } from "../../components/TextField";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";

/** Asks which images are restored from the archive. */
export function RestoreDialog({
  repositoryKey,
  onClose,
}: {
  repositoryKey: RepositoryKey;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const form = usePlanForm([], onClose);
  const images = text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (
    <PlanFormDialog
      form={form}
      title={t("images.detail.restoreTitle", { name: repositoryKey.repository })}
      description={t("images.detail.restoreHint")}
      space={repositoryKey.registry.space}
      registries={[repositoryKey.registry]}
      ready={images.length > 0}
      onSubmit={() =>
        form.submit({ change: "moveImages", repository: repositoryKey, images, archive: false })
      }
      onClose={onClose}
      data-testid="dialog-restore"
    >
      <TextArea
        label={t("images.detail.restoreImages")}
        value={text}
        onChange={(event) => setText(event.target.value)}
        rows={5}
        mono
        data-testid="restore-images"
      />
    </PlanFormDialog>
  );
}
