import { useTranslation } from "react-i18next";
import type { ExportDocument, RegistryKey } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { SpaceBadge } from "../frame/SpaceBadge";
import { ExportView } from "./ExportView";

/** A document as it is now, for other tools. */
export function ExportDialog({
  registry,
  document,
  name,
  onClose,
}: {
  registry: RegistryKey;
  document: ExportDocument;
  name: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("replication.export.dialog", { name })}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      data-testid="dialog-export"
    >
      <ExportView what={{ subject: "document", registry, document }} version="" />
    </Dialog>
  );
}
