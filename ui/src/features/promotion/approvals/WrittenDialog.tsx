import { useTranslation } from "react-i18next";
import type { Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { SpaceBadge } from "../../frame/SpaceBadge";
import { WrittenFile } from "../../requests/WrittenFile";

/** A file that a person sends on. */
export function WrittenDialog({
  space,
  title,
  about,
  onClose,
  "data-testid": testId,
  ...file
}: {
  space: Space;
  title: string;
  about: string;
  /** The kind of text. */
  name: string;
  file: string;
  text: string;
  onClose: () => void;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      focus="body"
      title={title}
      description={about}
      badge={<SpaceBadge space={space} />}
      data-testid={`dialog-${testId}`}
      footer={<Button onClick={onClose}>{t("common.close")}</Button>}
    >
      <WrittenFile {...file} data-testid={testId} />
    </Dialog>
  );
}
