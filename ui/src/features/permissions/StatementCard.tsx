import { Braces, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey, StatementView } from "../../api/types";
import { Badge } from "../../components/Badge";
import { IconButton } from "../../components/Button";
import { CodeBlock } from "../../components/CodeBlock";
import { Findings } from "../../components/Findings";
import { fileName } from "../../components/fileName";
import { Prose } from "../../components/Prose";
import { useReview } from "../plans/PlanProvider";
import styles from "./Permissions.module.css";

/** One statement in words and in its parts. */
export function StatementCard({ registry, statement }: { registry: RegistryKey; statement: StatementView }) {
  const { t } = useTranslation();
  const review = useReview();
  const [json, setJson] = useState(false);
  const name = statement.sid ?? t("permissions.noSid");
  return (
    <li
      className={styles.statement}
      data-testid="statement-row"
      data-sid={statement.sid ?? undefined}
      data-statement={statement.id}
    >
      <div className={styles.head}>
        <p className={styles.sentence}>
          <Prose text={statement.sentence} />
        </p>
        <div className={styles.actions}>
          <IconButton
            label={t("permissions.showJson", { name })}
            icon={<Braces />}
            active={json}
            onClick={() => setJson(!json)}
            data-testid="statement-json"
          />
          <IconButton
            label={t("permissions.remove", { name })}
            icon={<Trash2 />}
            onClick={() =>
              review({ request: { change: "removeStatement", registry, statement: statement.id } })
            }
            data-testid="statement-remove"
          />
        </div>
      </div>
      <p className={styles.badges}>
        <Badge tone={statement.effect === "Deny" ? "danger" : "success"}>{statement.effect}</Badge>
        <code data-testid="statement-row-sid">{name}</code>
        {statement.ours && <Badge tone="accent">{t("replication.ours")}</Badge>}
      </p>
      <dl className={styles.parts}>
        <Part name={t("permissions.principals")} values={statement.principals} />
        <Part name={t("permissions.actions")} values={statement.actions} />
        <Part name={t("permissions.resources")} values={statement.resources} />
      </dl>
      <Findings findings={statement.findings} />
      {json && <CodeBlock name={name} file={fileName("json", "statement", name)} text={statement.json} />}
    </li>
  );
}

function Part({ name, values }: { name: string; values: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <div className={styles.part}>
      <dt>{name}</dt>
      <dd>
        {values.length === 0 ? (
          <span className={styles.muted}>{t("common.none")}</span>
        ) : (
          values.map((value) => <code key={value}>{value}</code>)
        )}
      </dd>
    </div>
  );
}
