import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { OpenedPromotionRequest, Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Facts } from "../../../components/Card";
import { Dialog } from "../../../components/Dialog";
import { Notice } from "../../../components/Findings";
import { formatTime } from "../../../components/format";
import { Select } from "../../../components/Select";
import { ErrorState, SkeletonLines, Unread } from "../../../components/States";
import { Ago, Digest } from "../../../components/Values";
import { SpaceBadge } from "../../frame/SpaceBadge";
import { usePromotionChange } from "../queries";
import { useApprovalKeys } from "./Keys";
import { WrittenDialog } from "./WrittenDialog";

/** What a request asks for, to be approved with a key of this person. */
export function ApproveDialog({
  space,
  text,
  opened,
  onClose,
}: {
  space: Space;
  /** The file of the request. */
  text: string;
  opened: OpenedPromotionRequest;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const known = useApprovalKeys();
  const own = known.data?.filter((key) => key.own) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const key = chosen ?? own[0]?.name ?? null;
  const approve = usePromotionChange(api.approvePromotion);
  const what = opened.service ?? t("approvals.opened.set");
  const ended = new Date(opened.expires).getTime() <= Date.now();
  if (approve.data) {
    return (
      <WrittenDialog
        space={space}
        title={t("approvals.written.title", { name: approve.data.approver })}
        about={t("approvals.written.about")}
        name={t("approvals.written.name")}
        file={t("approvals.written.file", { service: opened.service ?? "release-set" })}
        text={approve.data.text}
        onClose={onClose}
        data-testid="approval-written"
      />
    );
  }
  const optional: [string, string | null][] = [
    [t("approvals.opened.service"), opened.service],
    [t("approvals.opened.tag"), opened.tag],
    [t("approvals.opened.reason"), opened.reason],
  ];
  return (
    <Dialog
      open
      onClose={onClose}
      focus="body"
      title={t("approvals.opened.title", { what, stage: opened.stage })}
      description={t("approvals.opened.about")}
      badge={<SpaceBadge space={space} />}
      onSubmit={() => {
        if (key !== null && !ended && !approve.isPending) approve.mutate({ space, text, key });
      }}
      data-testid="dialog-approve"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={key === null || ended}
            busy={approve.isPending}
            data-testid="approve-submit"
          >
            {t("approvals.opened.action")}
          </Button>
        </>
      }
    >
      <Facts
        facts={[
          { name: t("approvals.opened.path"), value: opened.path },
          { name: t("approvals.opened.stage"), value: opened.stage },
          ...optional.flatMap(([name, value]) => (value === null ? [] : [{ name, value }])),
          { name: t("approvals.opened.digest"), value: <Digest value={opened.digest} full /> },
          { name: t("approvals.opened.requestedBy"), value: opened.requestedBy },
          { name: t("approvals.opened.created"), value: <Ago at={opened.created} /> },
          { name: t("approvals.opened.expires"), value: formatTime(new Date(opened.expires)) },
          { name: t("approvals.opened.plan"), value: <Digest value={opened.planHash} /> },
          { name: t("approvals.opened.hash"), value: <Digest value={opened.hash} /> },
        ]}
      />
      {ended && <Notice severity="error">{t("approvals.opened.expired")}</Notice>}
      <Unread read={known} />
      {known.data ? (
        own.length === 0 ? (
          <Notice severity="warning">{t("approvals.opened.noKey")}</Notice>
        ) : (
          <Select
            label={t("approvals.opened.key")}
            value={key}
            onChange={setChosen}
            options={own.map(({ name }) => ({ value: name, label: name }))}
            data-testid="approve-key"
          />
        )
      ) : (
        !known.error && <SkeletonLines lines={1} />
      )}
      {approve.error && !approve.isPending && <ErrorState error={approve.error} compact />}
    </Dialog>
  );
}
