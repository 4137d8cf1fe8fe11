import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { ExternalGate, PathKey } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { Card, Facts } from "../../../components/Card";
import { ConfirmDialog } from "../../../components/ConfirmDialog";
import { visible } from "../../../components/hidden";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { SpaceBadge } from "../../frame/SpaceBadge";
import { usePromotionChange } from "../queries";
import styles from "./Paths.module.css";

/** Commands and addresses that the gates of a path ask, and whether they are trusted here. */
export function ExternalGates({ path }: { path: PathKey }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<ExternalGate | null>(null);
  const read = useQuery({
    queryKey: [...keys.promotions, "externalGates", path],
    queryFn: () => api.externalGates(path),
  });
  const change = usePromotionChange(api.trustGate, () => setAsked(null));
  return (
    <Card title={t("paths.external.title")} data-testid="external-gates">
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {!read.data ? (
        !read.error && <SkeletonLines lines={3} />
      ) : read.data.length === 0 ? (
        <p className={styles.muted}>{t("paths.external.noneAsked")}</p>
      ) : (
        <>
          <p className={styles.muted}>{t("paths.external.about")}</p>
          <ul className={styles.paths}>
            {read.data.map((gate) => (
              <li key={`${gate.stage} ${gate.hash}`} className={styles.path}>
                <div className={styles.head}>
                  <code className={styles.call}>{visible(gate.call.join(" "))}</code>
                  <div className={styles.actions}>
                    <Badge tone={gate.trusted ? "success" : "warning"}>
                      {t(gate.trusted ? "paths.external.trusted" : "paths.external.untrusted")}
                    </Badge>
                    <Button
                      size="small"
                      busy={change.isPending && change.variables?.hash === gate.hash}
                      onClick={() =>
                        gate.trusted ? change.mutate({ path, hash: gate.hash, trust: false }) : setAsked(gate)
                      }
                      data-testid={`trust-${gate.hash.slice(0, 12)}`}
                    >
                      {t(gate.trusted ? "paths.external.end" : "paths.external.trust")}
                    </Button>
                  </div>
                </div>
                <p className={styles.muted}>
                  {t("paths.external.stage", { stage: gate.stage, seconds: gate.seconds })}
                </p>
              </li>
            ))}
          </ul>
          {change.error && asked === null && <ErrorState error={change.error} compact />}
        </>
      )}
      {asked && (
        <ConfirmDialog
          open
          title={t("paths.external.dialogTitle")}
          badge={<SpaceBadge space={path.space} />}
          action={t("paths.external.action")}
          busy={change.isPending}
          error={change.error}
          onConfirm={() => change.mutate({ path, hash: asked.hash, trust: true })}
          onCancel={() => setAsked(null)}
          data-testid="dialog-trust"
        >
          <p>{t("paths.external.dialogText", { stage: asked.stage })}</p>
          <Facts
            facts={[
              {
                name: t("paths.external.call"),
                value: <code className={styles.call}>{visible(asked.call.join(" "))}</code>,
              },
              { name: t("paths.external.hash"), value: <code className={styles.call}>{asked.hash}</code> },
            ]}
          />
        </ConfirmDialog>
      )}
    </Card>
  );
}
