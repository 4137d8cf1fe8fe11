import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { ConfirmDialog } from "../../../components/ConfirmDialog";
import { shortDigest } from "../../../components/format";
import { Prose } from "../../../components/Prose";
import { SpaceBadge } from "../../frame/SpaceBadge";
import { usePromotionChange } from "../queries";
import type { ActProps } from "./act";

/** Ends the hold of a stage. */
export function ResumeDialog({ space, path, act, onClose }: ActProps) {
  const { t } = useTranslation();
  const { service, cell } = act;
  const { stage, hold } = cell;
  const resume = usePromotionChange(api.resumeStage, onClose);
  return (
    <ConfirmDialog
      open
      title={t("board.act.resume.title", { service, stage })}
      badge={<SpaceBadge space={space} />}
      action={t("board.act.resume.action")}
      busy={resume.isPending}
      error={resume.error}
      onConfirm={() => resume.mutate({ space, path, stage, service })}
      onCancel={onClose}
      data-testid="dialog-resume"
    >
      {hold !== null && (
        <p>
          <Prose text={hold} />
        </p>
      )}
      <p>{t("board.act.resume.text")}</p>
    </ConfirmDialog>
  );
}

/** Ends the block of a build. */
export function UnblockDialog({ space, act, onClose }: ActProps) {
  const { t } = useTranslation();
  const { digest, tag, block } = act.cell;
  const unblock = usePromotionChange(api.unblockBuild, onClose);
  if (digest === null) return null;
  const build = `${act.service}:${tag ?? shortDigest(digest)}`;
  return (
    <ConfirmDialog
      open
      title={t("board.act.unblock.title", { build })}
      badge={<SpaceBadge space={space} />}
      action={t("board.act.unblock.action")}
      busy={unblock.isPending}
      error={unblock.error}
      onConfirm={() => unblock.mutate({ space, digest })}
      onCancel={onClose}
      data-testid="dialog-unblock"
    >
      {block !== null && (
        <p>
          <Prose text={block} />
        </p>
      )}
      <p>{t("board.act.unblock.text", { digest: shortDigest(digest) })}</p>
    </ConfirmDialog>
  );
}
