import { useTranslation } from "react-i18next";
import type { PlanRequest, RegistryKey } from "../../../api/types";
import { Unread } from "../../../components/States";
import { SuggestField } from "../../../components/SuggestField";
import { TextField } from "../../../components/TextField";
import { RegistryPicker } from "../../frame/RegistryPicker";
import type { ChosenImage } from "./ImageChooser";
import { useNames } from "./useNames";

/** The destination of a promotion. */
export interface Destination {
  registry: RegistryKey;
  repository: string;
  tag: string;
}

/** Fields of the request that the form has. */
export const FIELDS = ["destination", "repository", "tag"] as const;

/** Registry, repository and tag; the repositories of the registry are suggested. */
export function DestinationFields({
  value,
  onChange,
  errorAt,
}: {
  value: Destination;
  onChange: (value: Destination) => void;
  errorAt: (field: string) => string | undefined;
}) {
  const { t } = useTranslation();
  const names = useNames(value.registry, value.repository);
  return (
    <>
      <RegistryPicker
        field
        label={t("promotion.registry")}
        error={errorAt("destination")}
        value={value.registry}
        onChange={(registry) => onChange({ ...value, registry })}
        data-testid="promote-registry"
      />
      <SuggestField
        label={t("promotion.repository")}
        value={value.repository}
        onChange={(repository) => onChange({ ...value, repository })}
        error={errorAt("repository")}
        suggestions={(names.data?.rows ?? []).map((row) => ({ value: row.name }))}
        mono
        data-testid="promote-repository"
      />
      <Unread read={names} />
      <TextField
        label={t("promotion.tag")}
        value={value.tag}
        onChange={(event) => onChange({ ...value, tag: event.target.value })}
        error={errorAt("tag")}
        mono
        data-testid="promote-tag"
      />
    </>
  );
}

/** The plan's request, once everything is chosen. The plan offers what the destination lacks. */
export function promoteRequest(image: ChosenImage, to: Destination): PlanRequest | null {
  const [repository, tag] = [to.repository.trim(), to.tag.trim()];
  if (image.repository === null || image.digest === null || !repository || !tag) return null;
  return {
    change: "promote",
    source: {
      repository: { registry: image.registry, repository: image.repository },
      digest: image.digest,
    },
    destination: to.registry,
    repository,
    tag,
    enableBlobMounting: false,
    createRepository: false,
  };
}
