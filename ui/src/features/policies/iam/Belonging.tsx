import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamPolicyText } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { CodeBlock } from "../../../components/CodeBlock";
import styles from "./Iam.module.css";

/** A part of what belongs to it. One that could not be read is not said to be empty. */
export function Part<Item>({
  title,
  items,
  none,
  id,
  children,
}: {
  title: string;
  items: readonly Item[] | null;
  none: string;
  id: string;
  children: (item: Item) => ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <section className={styles.stack} aria-label={title} data-testid={id}>
      <h3 className={styles.heading}>{title}</h3>
      {items === null ? (
        <p className={styles.muted}>{t("iam.notRead")}</p>
      ) : items.length === 0 ? (
        <p className={styles.muted}>{none}</p>
      ) : (
        <ul className={styles.rows}>{items.map(children)}</ul>
      )}
    </section>
  );
}

/** A policy with its document, and what can be done with it. */
export function PolicyItem({ policy, children }: { policy: IamPolicyText; children: ReactNode }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const ofAws = policy.arn?.includes(":iam::aws:") ?? false;
  return (
    <li className={styles.item}>
      <div className={styles.belonging}>
        <span>
          {policy.name} {ofAws && <Badge>{t("iam.ofAws")}</Badge>}
        </span>
        <span className={styles.wrap}>
          {policy.text !== null && (
            <Button
              size="small"
              aria-expanded={open}
              aria-label={`${t("iam.showDocument")}: ${policy.name}`}
              onClick={() => setOpen(!open)}
              data-testid={`iam-document-${policy.name}`}
            >
              {t("iam.showDocument")}
            </Button>
          )}
          {children}
        </span>
      </div>
      {policy.text === null && <p className={styles.muted}>{t("iam.notRead")}</p>}
      {open && policy.text !== null && (
        <CodeBlock
          name={t("iam.document", { name: policy.name })}
          text={policy.text}
          maxHeight={260}
          data-testid={`iam-text-${policy.name}`}
        />
      )}
    </li>
  );
}
