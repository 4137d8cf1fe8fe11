import { useMutation } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { CopyButton } from "../../../components/CopyButton";
import { Notice } from "../../../components/Findings";
import { ErrorState } from "../../../components/States";
import styles from "./Record.module.css";

/** Verifies the chain of the record. */
export function VerifyRecord({
  space,
  children,
}: {
  space: Space;
  /** Buttons beside its own. */
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const verify = useMutation({ mutationFn: () => api.verifyPromotions({ space, end: null }) });
  const { data } = verify;
  const end = data && `${data.entries}:${data.hash}`;
  return (
    <>
      <div className={styles.filters}>
        <Button
          icon={<ShieldCheck />}
          busy={verify.isPending}
          onClick={() => verify.mutate()}
          data-testid="record-verify"
        >
          {t("record.verify.open")}
        </Button>
        {children}
      </div>
      <div role="status">
        {data && end && (
          <div data-testid="record-verified">
            <Notice severity={data.anchored === null ? "warning" : "note"}>
              <p>{t("record.verify.whole", { count: data.entries })}</p>
              <p className={styles.long}>
                {t("record.verify.end", { end })} <CopyButton text={end} name={t("record.entry.hash")} />
              </p>
              <p>
                {data.anchored === null
                  ? t("record.verify.notAnchored")
                  : t("record.verify.anchored", { number: data.anchored })}
              </p>
            </Notice>
          </div>
        )}
      </div>
      {verify.error && !verify.isPending && <ErrorState error={verify.error} compact />}
    </>
  );
}
