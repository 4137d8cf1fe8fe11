import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { ErrorState } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { SpaceBadge } from "../../frame/SpaceBadge";
import { usePromotionChange } from "../queries";

/** Creates a key of this person, or enrols the public key of another. */
export function KeyDialog({
  kind,
  space,
  onClose,
}: {
  kind: "create" | "enrol";
  space: Space;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const add = usePromotionChange(
    () =>
      kind === "create"
        ? api.createApprovalKey({ name: name.trim() })
        : api.enrolApprovalKey({ name: name.trim(), public: key.trim() }),
    onClose,
  );
  const ready = name.trim() !== "" && (kind === "create" || key.trim() !== "");
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={t(`approvals.keys.${kind}Title`)}
      description={t(`approvals.keys.${kind}Text`)}
      badge={<SpaceBadge space={space} />}
      onSubmit={() => {
        if (ready && !add.isPending) add.mutate(undefined);
      }}
      data-testid={`dialog-key-${kind}`}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!ready}
            busy={add.isPending}
            data-testid="key-submit"
          >
            {t(`approvals.keys.${kind}Action`)}
          </Button>
        </>
      }
    >
      <TextField
        label={t("approvals.keys.person")}
        value={name}
        onChange={(event) => setName(event.target.value)}
        data-testid="key-name"
      />
      {kind === "enrol" && (
        <TextField
          label={t("approvals.keys.public")}
          hint={t("approvals.keys.publicHint")}
          value={key}
          onChange={(event) => setKey(event.target.value)}
          mono
          data-testid="key-public"
        />
      )}
      {add.error && !add.isPending && <ErrorState error={add.error} compact />}
    </Dialog>
  );
}
