import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RepositoryKey } from "../../api/types";
import { TextField } from "../../components/TextField";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";

/** Asks for the tag of a small image that the application creates and pushes. */
export function SampleDialog({
  repositoryKey,
  onClose,
}: {
  repositoryKey: RepositoryKey;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [tag, setTag] = useState("sample");
  const form = usePlanForm(["tag"], onClose);
  return (
    <PlanFormDialog
      form={form}
      title={t("images.sampleDialog.title")}
      description={t("images.sampleDialog.text", { name: repositoryKey.repository })}
      space={repositoryKey.registry.space}
      registries={[repositoryKey.registry]}
      onSubmit={() => form.submit({ change: "pushSample", repository: repositoryKey, tag: tag.trim() })}
      onClose={onClose}
      ready={tag.trim() !== ""}
      data-testid="dialog-sample"
    >
      <TextField
        label={t("images.sampleDialog.tag")}
        hint={t("images.sampleDialog.tagHint")}
        error={form.errorAt("tag")}
        value={tag}
        onChange={(event) => setTag(event.target.value)}
        data-testid="sample-tag"
        mono
      />
    </PlanFormDialog>
  );
}
