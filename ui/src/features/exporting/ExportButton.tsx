import { FileOutput } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ExportDocument, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { ExportDialog } from "./ExportDialog";

/** Opens a document in the formats of other tools. */
export function ExportButton({
  registry,
  document,
  name,
  "data-testid": testId,
}: {
  registry: RegistryKey;
  document: ExportDocument;
  name: string;
  "data-testid"?: string;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        size="small"
        icon={<FileOutput />}
        onClick={() => setOpen(true)}
        aria-label={`${t("replication.export.menu")} ${name}`}
        data-testid={testId}
      >
        {t("replication.export.menu")}
      </Button>
      {open && (
        <ExportDialog registry={registry} document={document} name={name} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
