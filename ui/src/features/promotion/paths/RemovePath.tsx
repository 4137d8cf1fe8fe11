import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { PathKey } from "../../../api/types";
import { ConfirmDialog } from "../../../components/ConfirmDialog";
import { SpaceBadge } from "../../frame/SpaceBadge";
import { usePromotionChange } from "../queries";

/** Asks before a path is forgotten. */
export function RemovePath({
  path,
  onRemoved,
  onCancel,
}: {
  path: PathKey;
  onRemoved: () => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const remove = usePromotionChange(api.removePath, onRemoved);
  return (
    <ConfirmDialog
      open
      danger
      title={t("paths.editor.removeTitle", { name: path.name })}
      badge={<SpaceBadge space={path.space} />}
      action={t("paths.editor.removeAction")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(path)}
      onCancel={onCancel}
      data-testid="dialog-remove-path"
    >
      {t("paths.editor.removeText")}
    </ConfirmDialog>
  );
}
