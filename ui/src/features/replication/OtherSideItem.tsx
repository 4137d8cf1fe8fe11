import { ChevronDown, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OtherSide, OtherSideState } from "../../api/types";
import { type Status, StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { CodeBlock } from "../../components/CodeBlock";
import { CopyButton } from "../../components/CopyButton";
import { fileName } from "../../components/fileName";
import { Prose } from "../../components/Prose";
import { RegistryName } from "../frame/RegistryName";
import { type Needed, WriteRequestButton } from "../requests/WriteRequest";
import styles from "./Steps.module.css";
import { needsStatement } from "./useOtherSides";

export const looks: Record<OtherSideState, Status> = {
  notNeeded: "skipped",
  present: "complete",
  insufficient: "warning",
  missing: "warning",
  cannotBeSeen: "unknown",
};

/** One destination: whether its policy allows the rule, and the statement that it lacks. */
export function OtherSideItem({
  side,
  index,
  needed,
  adding,
  onAdding,
  folded = false,
}: {
  side: OtherSide;
  index: number;
  needed: Needed;
  adding: boolean;
  onAdding: (on: boolean) => void;
  /** Among many: the statement is shown on request. */
  folded?: boolean;
}) {
  const { t } = useTranslation();
  const name = side.accountName ?? side.registry.account;
  const lacks = needsStatement(side);
  return (
    <li className={styles.side} data-testid={`other-side-${index}`} data-state={side.state}>
      <div className={styles.sideHead}>
        <RegistryName registry={side.registry} />
        <StatusPill status={looks[side.state]} data-testid={`other-side-state-${index}`}>
          {t(`replication.wizard.state.${side.state}`)}
        </StatusPill>
      </div>
      <p className={styles.explanation}>
        <Prose text={side.explanation} />
      </p>
      {lacks && side.statement && (
        <>
          {side.canAdd && (
            <Checkbox
              label={t("replication.wizard.addStatement")}
              hint={t("replication.wizard.addStatementHint", { name })}
              checked={adding}
              onChange={onAdding}
              data-testid={`other-side-add-${index}`}
            />
          )}
          <Statement side={side} text={side.statement} name={name} index={index} folded={folded} />
          <div className={styles.copies}>
            <span className={styles.muted}>{t("replication.wizard.copyFor", { name })}</span>
            <CopyButton
              name={t("replication.wizard.statementFor", { name })}
              label={t("replication.wizard.copyJson")}
              text={side.statement}
              data-testid={`other-side-copy-json-${index}`}
            />
            {side.cli && (
              <CopyButton
                name={t("replication.wizard.commandFor", { name })}
                label={t("replication.wizard.copyCli")}
                text={side.cli}
                data-testid={`other-side-copy-cli-${index}`}
              />
            )}
            <WriteRequestButton needed={needed} data-testid={`other-side-request-${index}`} />
          </div>
        </>
      )}
    </li>
  );
}

/** The statement that a destination lacks. */
function Statement({
  side,
  text,
  name,
  index,
  folded,
}: {
  side: OtherSide;
  text: string;
  name: string;
  index: number;
  folded: boolean;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(!folded);
  const id = useId();
  return (
    <>
      {folded && (
        <div>
          <Button
            size="small"
            variant="ghost"
            icon={open ? <ChevronDown /> : <ChevronRight />}
            aria-expanded={open}
            aria-controls={open ? id : undefined}
            onClick={() => setOpen(!open)}
            data-testid={`other-side-unfold-${index}`}
          >
            {t("replication.wizard.statement")}
          </Button>
        </div>
      )}
      {open && (
        <div id={id}>
          <CodeBlock
            name={t("replication.wizard.statementFor", { name })}
            file={fileName("json", "statement", side.registry.account, side.registry.region)}
            text={text}
            maxHeight={380}
            data-testid={`other-side-statement-${index}`}
          />
        </div>
      )}
    </>
  );
}
