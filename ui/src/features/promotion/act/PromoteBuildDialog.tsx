import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TextField } from "../../../components/TextField";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";
import type { ActProps } from "./act";

/** Promotes a build to a stage: the one way there, whether it is dragged, chosen, or called by a key. */
export function PromoteBuildDialog({ space, path, act, onClose }: ActProps) {
  const { t } = useTranslation();
  const { service, cell, to: stage = "" } = act;
  const [build, setBuild] = useState(cell.tag ?? cell.digest ?? "");
  const [tag, setTag] = useState("");
  const form = usePlanForm(["build", "tag"], onClose);
  return (
    <PlanFormDialog
      form={form}
      title={t("board.act.promote.title", { service, stage })}
      description={t("board.act.promote.text", { stage })}
      space={space}
      registries={[]}
      ready={build.trim() !== ""}
      onSubmit={() =>
        form.submit({
          change: "promoteBuild",
          space,
          path,
          stage,
          service,
          build: build.trim(),
          tag: tag.trim() || null,
          overrideReason: null,
          approvals: [],
        })
      }
      onClose={onClose}
      data-testid="dialog-promote-build"
    >
      <TextField
        label={t("board.act.promote.build")}
        hint={t("board.act.promote.buildHint")}
        error={form.errorAt("build")}
        value={build}
        onChange={(event) => setBuild(event.target.value)}
        mono
        data-testid="promote-build"
      />
      <TextField
        label={t("board.act.promote.tag", { stage })}
        hint={t("board.act.promote.tagHint")}
        error={form.errorAt("tag")}
        value={tag}
        onChange={(event) => setTag(event.target.value)}
        mono
        data-testid="promote-as"
      />
    </PlanFormDialog>
  );
}
