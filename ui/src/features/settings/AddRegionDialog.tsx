import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { errorText, toApiError } from "../../api/errors";
import type { Account } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";
import { showToast } from "../../components/Toaster";
import { useAccountChange } from "../frame/accountChanges";
import { SpaceBadge } from "../frame/SpaceBadge";

/** Asks for another Region of a sandbox account. */
export function AddRegionDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const [region, setRegion] = useState("");
  const { id, name } = account;
  const add = useAccountChange(api.addSandboxRegion, () => {
    showToast({ kind: "success", title: t("settings.sandbox.regionAdded", { region: region.trim(), name }) });
    onClose();
  });
  const error = add.error === null ? null : toApiError(add.error);
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={t("settings.sandbox.addRegionTitle", { name })}
      badge={<SpaceBadge space="sandbox" />}
      onSubmit={() => add.mutate({ id, region: region.trim() })}
      data-testid="dialog-add-region"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={add.isPending}
            disabled={region.trim() === ""}
            data-testid="add-region-submit"
          >
            {t("common.add")}
          </Button>
        </>
      }
    >
      <TextField
        label={t("settings.sandbox.region")}
        hint={t("settings.sandbox.regionHint")}
        error={error?.field ? errorText(error) : undefined}
        value={region}
        onChange={(event) => setRegion(event.target.value)}
        autoFocus
        mono
        data-testid="region-name"
      />
      {error && !error.field && <ErrorState error={error} compact />}
    </Dialog>
  );
}
