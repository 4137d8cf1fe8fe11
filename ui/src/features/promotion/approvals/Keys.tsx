import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { ApprovalKey, Space } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { Card } from "../../../components/Card";
import { CopyButton } from "../../../components/CopyButton";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { Ago } from "../../../components/Values";
import styles from "./Approvals.module.css";
import { ForgetKey } from "./ForgetKey";
import { KeyDialog } from "./KeyDialog";

/** The keys of people. */
export function useApprovalKeys() {
  return useQuery({ queryKey: [...keys.promotions, "keys"], queryFn: api.approvalKeys });
}

/** Keys that approvals are signed with: those of this person, and those of others. */
export function Keys({ space }: { space: Space }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState<"create" | "enrol" | null>(null);
  const [forgetting, setForgetting] = useState<ApprovalKey | null>(null);
  const read = useApprovalKeys();
  return (
    <Card
      title={t("approvals.keys.title")}
      actions={
        <>
          <Button size="small" onClick={() => setAdding("create")} data-testid="key-create">
            {t("approvals.keys.create")}
          </Button>
          <Button size="small" onClick={() => setAdding("enrol")} data-testid="key-enrol">
            {t("approvals.keys.enrol")}
          </Button>
        </>
      }
    >
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {!read.data ? (
        !read.error && <SkeletonLines lines={3} />
      ) : read.data.length === 0 ? (
        <EmptyState
          icon={<KeyRound />}
          title={t("approvals.keys.none")}
          text={t("approvals.keys.noneText")}
        />
      ) : (
        <ul className={styles.keys} aria-label={t("approvals.keys.title")}>
          {read.data.map((key) => (
            <li key={key.name} className={styles.key} data-testid={`key-${key.name}`}>
              <div className={styles.keyText}>
                <p className={styles.name}>
                  <span className={styles.long}>{key.name}</span>
                  {key.own && <Badge tone="accent">{t("approvals.keys.own")}</Badge>}
                </p>
                <p className={styles.muted}>
                  <code className={styles.long}>{key.public}</code>{" "}
                  <CopyButton text={key.public} name={t("approvals.keys.public")} />
                </p>
                <p className={styles.muted}>
                  {t("approvals.keys.since")} <Ago at={key.at} />
                </p>
              </div>
              <Button size="small" onClick={() => setForgetting(key)} data-testid={`key-forget-${key.name}`}>
                {t("approvals.keys.forget")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding && <KeyDialog kind={adding} space={space} onClose={() => setAdding(null)} />}
      {forgetting && <ForgetKey approvalKey={forgetting} onClose={() => setForgetting(null)} />}
    </Card>
  );
}
