import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ReceiptText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { CheckedReceipt, ReceiptOutcome } from "../../api/types";
import { type Status, StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Card";
import { Dialog } from "../../components/Dialog";
import { Notice } from "../../components/Findings";
import { visible } from "../../components/hidden";
import { Prose } from "../../components/Prose";
import { Ago } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useScope } from "../frame/scope";
import styles from "./Requests.module.css";
import { TextDialog } from "./TextDialog";

const looks: Record<ReceiptOutcome, Status> = { applied: "complete", partly: "warning", refused: "failed" };

/** Opens the dialog that checks a receipt. */
export function CheckReceiptButton() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<ReceiptText />} onClick={() => setOpen(true)} data-testid="receipt-check">
        {t("requests.check.open")}
      </Button>
      {open && <CheckReceipt onClose={() => setOpen(false)} />}
    </>
  );
}

function CheckReceipt({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { space } = useScope();
  const check = useMutation({
    mutationFn: (text: string) => api.checkReceipt({ space, text }),
    // A receipt counts where a destination cannot be seen.
    onSuccess: () => {
      for (const queryKey of [keys.otherSides, ["replication"], ["readiness"]]) {
        void client.invalidateQueries({ queryKey });
      }
    },
  });
  if (check.data) return <Checked key="checked" checked={check.data} onClose={onClose} />;
  return (
    <TextDialog
      key="text"
      space={space}
      title={t("requests.check.title")}
      about={t("requests.check.about")}
      label={t("requests.check.text")}
      action={t("requests.check.submit")}
      busy={check.isPending}
      error={check.error}
      onSubmit={check.mutate}
      onClose={onClose}
      data-testid="receipt-check"
    />
  );
}

/** What a receipt says, and what to do next. */
function Checked({ checked, onClose }: { checked: CheckedReceipt; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { registry, outcome, principal, unknownFields } = checked;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("requests.check.checked")}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      focus="body"
      data-testid="dialog-receipt-checked"
      footer={
        <>
          <Button onClick={onClose}>{t("common.close")}</Button>
          <Button
            variant="primary"
            onClick={() => {
              onClose();
              void navigate({ to: "/replication" });
            }}
            data-testid="receipt-rules"
          >
            {t("requests.check.rules")}
          </Button>
        </>
      }
    >
      <p role="status">
        <StatusPill status={looks[outcome]} data-testid="receipt-outcome">
          {t(`requests.check.outcome.${outcome}`)}
        </StatusPill>
      </p>
      <p className={styles.text}>
        <Prose text={t("requests.check.belongs", { request: checked.request })} />
      </p>
      <div className={styles.facts}>
        <Facts
          facts={[
            { name: t("requests.check.registry"), value: <RegistryName registry={registry} /> },
            {
              name: t("requests.check.principal"),
              value: principal === null ? t("common.none") : visible(principal),
            },
            { name: t("requests.check.at"), value: <Ago at={checked.applied} /> },
          ]}
        />
      </div>
      <p className={styles.muted}>{t("requests.check.told")}</p>
      {outcome !== "refused" && (
        <div data-testid="receipt-statement" data-as-requested={checked.asRequested}>
          <Notice severity={checked.asRequested ? "note" : "warning"}>
            {t(checked.asRequested ? "requests.check.asRequested" : "requests.check.otherwise")}
          </Notice>
        </div>
      )}
      {unknownFields.length > 0 && (
        <Notice severity="warning">
          {t("requests.check.unknownFields", {
            count: unknownFields.length,
            fields: unknownFields.map(visible).join(", "),
          })}
        </Notice>
      )}
      <p data-testid="receipt-next">{t(`requests.check.next.${outcome}`)}</p>
    </Dialog>
  );
}
