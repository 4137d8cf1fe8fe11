import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { EngineRuleView } from "../../api/types";
import { Button } from "../../components/Button";
import { CodeBlock } from "../../components/CodeBlock";
import { Dialog } from "../../components/Dialog";
import { visible } from "../../components/hidden";
import { ErrorState, SkeletonLines } from "../../components/States";
import { SpaceBadge } from "../frame/SpaceBadge";

/** An engine rule as the YAML of a rule file, to copy or to save. */
export function ExportRuleDialog({ rule, onClose }: { rule: EngineRuleView; onClose: () => void }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.engineRules, "export", rule.id],
    queryFn: () => api.exportEngineRules({ space: rule.space, rules: [rule.id] }),
    gcTime: 0,
  });
  const file = read.data;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("engine.export.title", { name: visible(rule.name) })}
      description={t("engine.export.about")}
      badge={<SpaceBadge space={rule.space} />}
      focus="body"
      data-testid="dialog-export-rule"
      footer={<Button onClick={onClose}>{t("common.close")}</Button>}
    >
      {file ? (
        <CodeBlock
          name={file.name}
          file={file.name}
          text={file.text}
          maxHeight={460}
          data-testid="engine-export"
        />
      ) : read.error && !read.isFetching ? (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      ) : (
        <SkeletonLines lines={6} />
      )}
    </Dialog>
  );
}
