import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamPolicyView, RegistryKey } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { CodeBlock } from "../../../components/CodeBlock";
import { Prose } from "../../../components/Prose";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { ExportButton } from "../../exporting/ExportButton";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { useReview } from "../../plans/PlanProvider";
import { usePlanForm } from "../../plans/usePlanForm";
import { Part } from "./Belonging";
import { DocumentDialog } from "./DocumentDialog";
import styles from "./Iam.module.css";
import { lastOf, namesOf } from "./iamForm";
import { useIamPolicy } from "./queries";

/** A managed policy: what it says, what it is attached to, and the changes to it. */
export function ManagedPolicyPanel({
  registry,
  arn,
  onGone,
}: {
  registry: RegistryKey;
  arn: string;
  onGone: () => void;
}) {
  const read = useIamPolicy(registry, arn);
  return (
    <section
      className={styles.stack}
      aria-label={lastOf(arn)}
      aria-busy={read.isFetching}
      data-testid="iam-panel"
    >
      <h2 className={styles.title}>{lastOf(arn)}</h2>
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {!read.data && !read.error && <SkeletonLines lines={8} />}
      {read.data && (
        <PolicyView
          registry={registry}
          view={read.data}
          onGone={onGone}
          onAgain={() => void read.refetch()}
        />
      )}
    </section>
  );
}

function PolicyView({
  registry,
  view,
  onGone,
  onAgain,
}: {
  registry: RegistryKey;
  view: IamPolicyView;
  onGone: () => void;
  onAgain: () => void;
}) {
  const { t } = useTranslation();
  const review = useReview();
  const [open, setOpen] = useState<"attach" | "edit" | null>(null);
  const { arn, name } = view;
  const close = () => setOpen(null);
  return (
    <>
      <p className={styles.arn}>
        <code>{arn}</code> {view.ofAws && <Badge>{t("iam.ofAws")}</Badge>}
        {!view.ofAws && (
          <ExportButton
            registry={registry}
            document={{ kind: "managedPolicy", policy: arn }}
            name={name}
            data-testid="iam-export"
          />
        )}
      </p>
      {view.description && (
        <p>
          <Prose text={view.description} />
        </p>
      )}
      <p className={styles.muted}>
        {t("iam.version", { version: view.version })}{" "}
        {view.versions !== null && t("iam.versions", { count: view.versions })}
      </p>
      {view.problems.map((problem) => (
        <ErrorState key={`${problem.code} ${problem.message}`} error={problem} compact onRetry={onAgain} />
      ))}
      <section className={styles.stack}>
        <h3 className={styles.heading}>{t("iam.statements")}</h3>
        <ul className={styles.rows}>
          {view.statements.map(({ sid, effect, text }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a statement is its number
            <li key={index}>
              <Badge tone={effect === "Deny" ? "danger" : "neutral"}>{effect}</Badge> <Prose text={text} />{" "}
              {sid && <code className={styles.arn}>{sid}</code>}
            </li>
          ))}
        </ul>
        <CodeBlock
          name={t("iam.document", { name })}
          file={`${name}.json`}
          text={view.text}
          maxHeight={300}
          data-testid="iam-policy-document"
        />
      </section>
      <Part title={t("iam.usedByTitle")} items={view.attachedTo} none={t("iam.noUses")} id="iam-uses">
        {(of) => (
          <li key={`${of.kind}/${of.name}`} className={styles.belonging}>
            <span>
              {t(`iam.kinds.${of.kind}`)} {of.name}
            </span>
            <Button
              size="small"
              aria-label={t("iam.detachWhat", { name: of.name })}
              onClick={() =>
                review({
                  request: {
                    change: "iam",
                    registry,
                    iam: { act: "detach", from: [of], policies: [arn] },
                  },
                })
              }
              data-testid={`iam-detach-${of.name}`}
            >
              {t("iam.detach")}
            </Button>
          </li>
        )}
      </Part>
      <div className={styles.wrap}>
        <Button onClick={() => setOpen("attach")} data-testid="iam-attach-to">
          {t("iam.attachTo")}
        </Button>
        {!view.ofAws && (
          <>
            <Button onClick={() => setOpen("edit")} data-testid="iam-policy-edit">
              {t("iam.change")}
            </Button>
            <Button
              variant="danger"
              onClick={() =>
                review({
                  request: { change: "iam", registry, iam: { act: "deletePolicy", arn } },
                  onStarted: onGone,
                })
              }
              data-testid="iam-delete"
            >
              {t("iam.delete.policy")}
            </Button>
          </>
        )}
      </div>
      {open === "edit" && (
        <DocumentDialog
          registry={registry}
          about={{ kind: "policy", arn }}
          text={view.text}
          onClose={close}
        />
      )}
      {open === "attach" && <AttachToDialog registry={registry} arn={arn} onClose={close} />}
    </>
  );
}

const TO = Array.from({ length: 20 }, (_, n) => `to[${n}]`);

function AttachToDialog({
  registry,
  arn,
  onClose,
}: {
  registry: RegistryKey;
  arn: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const form = usePlanForm(["to", ...TO], onClose);
  return (
    <PlanFormDialog
      form={form}
      title={t("iam.title.attachTo", { name: lastOf(arn) })}
      space={registry.space}
      registries={[registry]}
      onSubmit={() =>
        form.submit({
          change: "iam",
          registry,
          iam: { act: "attach", to: namesOf(text), policies: [arn] },
        })
      }
      onClose={onClose}
      ready={namesOf(text).length > 0}
      data-testid="dialog-iam-attach-to"
    >
      <TextField
        label={t("iam.form.attach")}
        hint={t("iam.form.attachHint")}
        error={["to", ...TO].map((field) => form.errorAt(field)).find(Boolean)}
        value={text}
        onChange={(event) => setText(event.target.value)}
        data-testid="iam-attach-names"
        autoFocus
        mono
      />
    </PlanFormDialog>
  );
}
