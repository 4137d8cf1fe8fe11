import { ChevronDown, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CheckEvidence } from "../../api/types";
import { Button } from "../../components/Button";
import { CodeBlock } from "../../components/CodeBlock";
import { visible } from "../../components/hidden";
import { readable } from "../../components/readable";
import styles from "./Readiness.module.css";

/** What a check was decided by: each request with its answer, shown on request. */
export function Evidence({ evidence }: { evidence: readonly CheckEvidence[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const id = useId();
  if (evidence.length === 0) return null;
  return (
    <div className={styles.evidence}>
      <Button
        size="small"
        variant="ghost"
        icon={open ? <ChevronDown /> : <ChevronRight />}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        data-testid="check-evidence"
      >
        {t("readiness.evidence", { count: evidence.length })}
      </Button>
      {open && (
        <dl id={id} className={styles.answers}>
          {evidence.map(({ request, answer }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same request may be there twice
            <div key={index} data-testid="check-answer">
              <dt>{t("readiness.request")}</dt>
              <dd className={styles.request}>{visible(request)}</dd>
              <dt>{t("readiness.answer")}</dt>
              <dd>
                {answer === "" ? (
                  <span className={styles.muted}>{t("readiness.noAnswer")}</span>
                ) : (
                  <CodeBlock
                    name={t("readiness.answer")}
                    text={readable(answer)}
                    copies={answer}
                    maxHeight={240}
                    wrap
                  />
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
