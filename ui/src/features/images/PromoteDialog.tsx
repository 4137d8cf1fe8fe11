import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { ImageRow, RegistryKey, RepositoryKey } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { Notice } from "../../components/Findings";
import { Unread } from "../../components/States";
import { TextField } from "../../components/TextField";
import { RegistrySelect } from "../frame/RegistrySelect";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";
import { imageName } from "./imageText";

const FIELDS = ["destination", "repository", "tag"];

/** Asks where an image is to be known by which name. */
export function PromoteDialog({
  repositoryKey,
  image,
  onClose,
}: {
  repositoryKey: RepositoryKey;
  image: Pick<ImageRow, "digest" | "tags">;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { registry: source } = repositoryKey;
  const [destination, setDestination] = useState<RegistryKey>(source);
  const [repository, setRepository] = useState("");
  const [tag, setTag] = useState(image.tags[0] ?? "");
  const [mounting, setMounting] = useState(false);
  const [create, setCreate] = useState(true);
  const form = usePlanForm(FIELDS, onClose);
  return (
    <PlanFormDialog
      form={form}
      title={t("images.promoteDialog.title", { name: `${repositoryKey.repository}:${imageName(image)}` })}
      description={t("images.promoteDialog.text")}
      space={source.space}
      onSubmit={() =>
        form.submit({
          change: "promote",
          source: { repository: repositoryKey, digest: image.digest },
          destination,
          repository: repository.trim(),
          tag: tag.trim(),
          enableBlobMounting: mounting,
          createRepository: create,
        })
      }
      onClose={onClose}
      ready={repository.trim() !== "" && tag.trim() !== ""}
      data-testid="dialog-promote"
    >
      <RegistrySelect
        label={t("images.promoteDialog.registry")}
        error={form.errorAt("destination")}
        space={source.space}
        value={destination}
        onChange={setDestination}
        data-testid="promote-registry"
      />
      <TextField
        label={t("images.promoteDialog.repository")}
        error={form.errorAt("repository")}
        value={repository}
        onChange={(event) => setRepository(event.target.value)}
        data-testid="promote-repository"
        autoFocus
        mono
      />
      <TextField
        label={t("images.promoteDialog.tag")}
        error={form.errorAt("tag")}
        value={tag}
        onChange={(event) => setTag(event.target.value)}
        data-testid="promote-tag"
        mono
      />
      <Checkbox
        label={t("images.promoteDialog.create")}
        checked={create}
        onChange={setCreate}
        data-testid="promote-create"
      />
      {registryId(destination) === registryId(source) && (
        <Mounting registry={destination} checked={mounting} onChange={setMounting} />
      )}
    </PlanFormDialog>
  );
}

/** Says whether layers can be mounted in a registry, and offers to allow it. */
function Mounting({
  registry,
  checked,
  onChange,
}: {
  registry: RegistryKey;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: keys.registrySettings(registry),
    queryFn: () => api.registrySettings(registry),
  });
  if (!read.data) return <Unread read={read} />;
  if (read.data.blobMounting) return <Notice>{t("images.promoteDialog.mountingOn")}</Notice>;
  return (
    <Checkbox
      label={t("images.promoteDialog.mounting")}
      hint={t("images.promoteDialog.mountingHint")}
      checked={checked}
      onChange={onChange}
      data-testid="promote-mounting"
    />
  );
}
