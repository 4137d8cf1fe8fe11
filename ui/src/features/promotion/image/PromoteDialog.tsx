import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ImageRow, RepositoryKey } from "../../../api/types";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";
import { type Destination, DestinationFields, FIELDS, promoteRequest } from "./DestinationFields";

/** Asks for the name under which to promote an image. */
export function PromoteDialog({
  repositoryKey: { registry, repository },
  name,
  image,
  onClose,
}: {
  repositoryKey: RepositoryKey;
  /** The name of the image in its repository. */
  name: string;
  image: Pick<ImageRow, "digest" | "tags">;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const tag = image.tags[0] ?? null;
  const [to, setTo] = useState<Destination>({ registry, repository: "", tag: tag ?? "" });
  const form = usePlanForm(FIELDS, onClose);
  const request = promoteRequest({ registry, repository, digest: image.digest, tag }, to);
  return (
    <PlanFormDialog
      form={form}
      title={t("images.promoteDialog.title", { name: `${repository}:${name}` })}
      description={t("images.promoteDialog.text")}
      space={registry.space}
      registries={to.registry ? [registry, to.registry] : [registry]}
      onSubmit={() => request && form.submit(request)}
      onClose={onClose}
      ready={request !== null}
      data-testid="dialog-promote"
    >
      <DestinationFields value={to} onChange={setTo} errorAt={form.errorAt} />
    </PlanFormDialog>
  );
}
