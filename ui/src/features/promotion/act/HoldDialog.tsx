import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { shortDigest } from "../../../components/format";
import { usePromotionChange } from "../queries";
import type { ActProps } from "./act";
import { ReasonDialog } from "./ReasonDialog";

/** Holds a stage of a service. */
export function HoldDialog({ space, path, act, onClose }: ActProps) {
  const { t } = useTranslation();
  const { service, cell } = act;
  const { stage } = cell;
  const hold = usePromotionChange(api.holdStage, onClose);
  return (
    <ReasonDialog
      space={space}
      title={t("board.act.hold.title", { service, stage })}
      text={t("board.act.hold.text")}
      label={t("board.act.hold.reason")}
      action={t("board.act.hold.action")}
      busy={hold.isPending}
      error={hold.error}
      onSubmit={(reason) => hold.mutate({ stage: { space, path, stage, service }, reason: reason || null })}
      onClose={onClose}
      data-testid="hold"
    />
  );
}

/** Blocks the build of a cell on every path. */
export function BlockDialog({ space, act, onClose }: ActProps) {
  const { t } = useTranslation();
  const { digest, tag } = act.cell;
  const block = usePromotionChange(api.blockBuild, onClose);
  if (digest === null) return null;
  const build = `${act.service}:${tag ?? shortDigest(digest)}`;
  return (
    <ReasonDialog
      space={space}
      title={t("board.act.block.title", { build })}
      text={t("board.act.block.text", { digest: shortDigest(digest) })}
      label={t("board.act.block.reason")}
      action={t("board.act.block.action")}
      required
      busy={block.isPending}
      error={block.error}
      onSubmit={(reason) => block.mutate({ space, digest, reason })}
      onClose={onClose}
      data-testid="block"
    />
  );
}
