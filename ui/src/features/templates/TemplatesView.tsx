import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { DeleteTemplateDialog } from "./DeleteTemplateDialog";
import { TemplateDialog } from "./TemplateDialog";
import styles from "./Templates.module.css";

/** Creation templates of a registry: what they are for, and the changes to them. */
export function TemplatesView({ registry }: { registry: RegistryKey }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"create" | "delete" | null>(null);
  const close = () => setOpen(null);
  return (
    <section className={styles.page} aria-label={t("templates.title")} data-testid="templates">
      <p className={styles.text}>{t("templates.text")}</p>
      <p className={styles.text}>{t("templates.existing")}</p>
      <div className={styles.actions}>
        <Button icon={<Plus />} onClick={() => setOpen("create")} data-testid="template-create">
          {t("templates.create")}
        </Button>
        <Button icon={<Trash2 />} onClick={() => setOpen("delete")} data-testid="template-delete">
          {t("templates.delete")}
        </Button>
      </div>
      {open === "create" && <TemplateDialog registry={registry} onClose={close} />}
      {open === "delete" && <DeleteTemplateDialog registry={registry} onClose={close} />}
    </section>
  );
}
