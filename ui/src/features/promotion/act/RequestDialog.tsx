import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { ErrorState } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { SpaceBadge } from "../../frame/SpaceBadge";
import { WrittenDialog } from "../approvals/WrittenDialog";
import { usePromotionChange } from "../queries";
import type { ActProps } from "./act";

/** Writes a request to promote a build, for another person to approve. */
export function RequestDialog({ space, path, act, onClose }: ActProps) {
  const { t } = useTranslation();
  const { service, cell, to: stage = "" } = act;
  const [tag, setTag] = useState("");
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState("");
  const write = usePromotionChange(api.requestPromotion);
  const lasts = hours.trim() === "" ? null : Number(hours);
  const ready = lasts === null || (Number.isInteger(lasts) && lasts > 0);
  if (write.data) {
    return (
      <WrittenDialog
        space={space}
        title={t("approvals.request.writtenTitle", { service })}
        about={t("approvals.request.writtenAbout")}
        name={t("approvals.request.name")}
        file={t("approvals.request.file", { service })}
        text={write.data.text}
        onClose={onClose}
        data-testid="promotion-request-written"
      />
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("approvals.request.title", { service, stage })}
      description={t("approvals.request.about")}
      badge={<SpaceBadge space={space} />}
      onSubmit={() => {
        if (!ready || write.isPending) return;
        const build = cell.tag ?? cell.digest;
        const request = { space, path, stage, service, build, hours: lasts };
        write.mutate({ ...request, tag: tag.trim() || null, reason: reason.trim() || null });
      }}
      data-testid="dialog-request-promotion"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!ready}
            busy={write.isPending}
            data-testid="request-promotion-submit"
          >
            {t("approvals.request.action")}
          </Button>
        </>
      }
    >
      <TextField
        label={t("approvals.request.reason")}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        data-testid="request-promotion-reason"
      />
      <TextField
        label={t("approvals.request.tag", { stage })}
        hint={t("board.act.promote.tagHint")}
        value={tag}
        onChange={(event) => setTag(event.target.value)}
        mono
        data-testid="request-promotion-tag"
      />
      <TextField
        label={t("approvals.request.hours")}
        hint={t("approvals.request.hoursHint")}
        inputMode="numeric"
        value={hours}
        onChange={(event) => setHours(event.target.value)}
        data-testid="request-promotion-hours"
      />
      {write.error && !write.isPending && <ErrorState error={write.error} compact />}
    </Dialog>
  );
}
