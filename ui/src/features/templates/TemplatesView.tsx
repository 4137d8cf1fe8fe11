import { useQuery } from "@tanstack/react-query";
import { LayoutTemplate, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { RegistryKey, TemplateView } from "../../api/types";
import { Button } from "../../components/Button";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { KeptVersions } from "../runs/KeptVersions";
import { TemplateDialog } from "./TemplateDialog";
import { TemplateRow } from "./TemplateRow";
import styles from "./Templates.module.css";

/** Creation templates of a registry: what they are for, each of them, and the changes to them. */
export function TemplatesView({ registry }: { registry: RegistryKey }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"create" | TemplateView | null>(null);
  const close = () => setOpen(null);
  return (
    <section className={styles.page} aria-label={t("templates.title")} data-testid="templates">
      <p className={styles.text}>{t("templates.text")}</p>
      <p className={styles.text}>{t("templates.existing")}</p>
      <div className={styles.actions}>
        <Button icon={<Plus />} onClick={() => setOpen("create")} data-testid="template-create">
          {t("templates.create")}
        </Button>
      </div>
      <TemplateList registry={registry} onEdit={setOpen} />
      <KeptVersions registry={registry} document="template" />
      {open === "create" ? (
        <TemplateDialog registry={registry} onClose={close} />
      ) : (
        open && <TemplateDialog registry={registry} text={open.text} base={open.text} onClose={close} />
      )}
    </section>
  );
}

function TemplateList({
  registry,
  onEdit,
}: {
  registry: RegistryKey;
  onEdit: (template: TemplateView) => void;
}) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.templates, registryId(registry)],
    queryFn: () => api.templates(registry),
    staleTime: 0,
  });
  const error = read.error && !read.isFetching && (
    <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
  );
  if (!read.data) return error || <SkeletonLines lines={4} />;
  return (
    <>
      {error}
      {read.data.length === 0 ? (
        <EmptyState icon={<LayoutTemplate />} title={t("templates.none")} text={t("templates.noneText")} />
      ) : (
        <ul className={styles.list} aria-label={t("templates.title")}>
          {read.data.map((each) => (
            <TemplateRow key={each.prefix} registry={registry} template={each} onEdit={() => onEdit(each)} />
          ))}
        </ul>
      )}
    </>
  );
}
