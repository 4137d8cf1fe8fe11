import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PolicyLayer } from "../../api/types";
import { IconButton } from "../../components/Button";
import { Select } from "../../components/Select";
import { TextArea, TextField } from "../../components/TextField";
import type { AskedPolicy } from "./askForm";
import styles from "./Policies.module.css";

const LAYERS: PolicyLayer[] = ["identity", "resource", "boundary", "session", "scp", "rcp"];

/** One of the policies that a question is about. */
export function AskedDocument({
  document,
  error,
  onChange,
  onRemove,
}: {
  document: AskedPolicy;
  error: string | undefined;
  onChange: (document: AskedPolicy) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation();
  const { id, layer, name, text } = document;
  return (
    <div className={styles.item} data-testid={`ask-policy-${id}`}>
      <div className={styles.documentHead}>
        <Select
          label={t("policies.layer")}
          value={layer}
          options={LAYERS.map((value) => ({ value, label: t(`policies.layers.${value}`) }))}
          onChange={(next) => onChange({ ...document, layer: next })}
          data-testid={`ask-policy-${id}-layer`}
        />
        <TextField
          label={t("policies.policyName")}
          value={name}
          onChange={(event) => onChange({ ...document, name: event.target.value })}
          data-testid={`ask-policy-${id}-name`}
        />
        <IconButton
          label={t("policies.removePolicy", { name })}
          icon={<X />}
          onClick={onRemove}
          data-testid={`ask-policy-${id}-remove`}
        />
      </div>
      <TextArea
        label={t("policies.policyText", { name })}
        hideLabel
        value={text}
        rows={6}
        onChange={(event) => onChange({ ...document, text: event.target.value })}
        error={error}
        mono
        data-testid={`ask-policy-${id}-text`}
      />
    </div>
  );
}
