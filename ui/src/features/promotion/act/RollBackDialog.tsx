import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { PromotionEntry } from "../../../api/types";
import { Unread } from "../../../components/States";
import { SuggestField, type Suggestion } from "../../../components/SuggestField";
import { TextField } from "../../../components/TextField";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";
import type { ActProps } from "./act";

const SUGGESTED = 50;

/** The builds that the record says were in the stage, newest first. */
function earlier(entries: readonly PromotionEntry[], current: string | null): Suggestion[] {
  const found = new Map<string, Suggestion>();
  for (const { digest, destinations } of entries) {
    if (digest === null || digest === current || found.has(digest)) continue;
    const tag = destinations[0]?.tag;
    found.set(digest, { value: digest, ...(tag ? { label: tag } : {}) });
  }
  return [...found.values()];
}

/** Goes back to an earlier build of a stage. */
export function RollBackDialog({ space, path, act, onClose }: ActProps) {
  const { t } = useTranslation();
  const { service, cell } = act;
  const { stage } = cell;
  const [build, setBuild] = useState("");
  const [reason, setReason] = useState("");
  const form = usePlanForm(["build", "reason"], onClose);
  const request = {
    space,
    path,
    stage,
    service,
    digest: null,
    from: null,
    until: null,
    movesOnly: true,
    text: null,
    limit: SUGGESTED,
  };
  const record = useQuery({
    queryKey: [...keys.promotions, "record", request],
    queryFn: () => api.promotions(request),
  });
  return (
    <PlanFormDialog
      form={form}
      title={t("board.act.rollBack.title", { service, stage })}
      description={t("board.act.rollBack.text")}
      space={space}
      registries={[]}
      onSubmit={() =>
        form.submit({
          change: "rollBack",
          space,
          path,
          stage,
          service,
          build: build.trim() || null,
          reason: reason.trim() || null,
          overrideReason: null,
        })
      }
      onClose={onClose}
      data-testid="dialog-roll-back"
    >
      <TextField
        label={t("board.act.rollBack.reason")}
        error={form.errorAt("reason")}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        data-testid="roll-back-reason"
      />
      <SuggestField
        label={t("board.act.rollBack.build")}
        hint={t("board.act.rollBack.buildHint")}
        error={form.errorAt("build")}
        value={build}
        onChange={setBuild}
        suggestions={earlier(record.data ?? [], cell.digest)}
        mono
        data-testid="roll-back-build"
      />
      <Unread read={record} />
    </PlanFormDialog>
  );
}
