import { useTranslation } from "react-i18next";
import type { RepositoryKey } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { SpaceBadge } from "../frame/SpaceBadge";
import { Commands } from "./Commands";

/** The commands for a repository, for pasting into a terminal. */
export function CommandsDialog({
  repositoryKey,
  onClose,
}: {
  repositoryKey: RepositoryKey;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("images.commandsDialog.title", { name: repositoryKey.repository })}
      badge={<SpaceBadge space={repositoryKey.registry.space} registries={[repositoryKey.registry]} />}
      data-testid="dialog-commands"
    >
      <Commands repositoryKey={repositoryKey} tag={null} digest={null} />
    </Dialog>
  );
}
