import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamChange, IamName, IamPolicyText, IamView, RegistryKey } from "../../../api/types";
import { Button } from "../../../components/Button";
import { CodeBlock } from "../../../components/CodeBlock";
import { Notice } from "../../../components/Findings";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { Ago } from "../../../components/Values";
import { ExportButton } from "../../exporting/ExportButton";
import { useReview } from "../../plans/PlanProvider";
import { AccessKeys } from "./AccessKeys";
import { AttachDialog } from "./AttachDialog";
import { Part, PolicyItem } from "./Belonging";
import { DocumentDialog } from "./DocumentDialog";
import styles from "./Iam.module.css";
import { MayDo } from "./MayDo";
import { MemberDialog } from "./MemberDialog";
import { useIamEntity } from "./queries";

/** A user, a group or a role: what belongs to it, what it may do, and the changes to it. */
export function EntityPanel({
  registry,
  of,
  regions,
  onGone,
}: {
  registry: RegistryKey;
  of: IamName;
  regions: readonly string[];
  onGone: () => void;
}) {
  const { t } = useTranslation();
  const read = useIamEntity(registry, of);
  const view = read.data;
  return (
    <section
      className={styles.stack}
      aria-label={`${t(`iam.kinds.${of.kind}`)} ${of.name}`}
      aria-busy={read.isFetching}
      data-testid="iam-panel"
    >
      <h2 className={styles.title}>
        {t(`iam.kinds.${of.kind}`)} {of.name}
      </h2>
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {!view && !read.error && <SkeletonLines lines={8} />}
      {view && (
        <Belongings
          registry={registry}
          view={view}
          regions={regions}
          onGone={onGone}
          onAgain={() => void read.refetch()}
        />
      )}
    </section>
  );
}

type Open =
  | { dialog: "attach" | "join" | "addMember" }
  | { dialog: "inline"; policy?: IamPolicyText }
  | { dialog: "trust" };

function Belongings({
  registry,
  view,
  regions,
  onGone,
  onAgain,
}: {
  registry: RegistryKey;
  view: IamView;
  regions: readonly string[];
  onGone: () => void;
  onAgain: () => void;
}) {
  const { t } = useTranslation();
  const review = useReview();
  const [open, setOpen] = useState<Open | null>(null);
  const { of, locked } = view;
  const plan = (iam: IamChange, onStarted?: () => void) =>
    review({ request: { change: "iam", registry, iam }, ...(onStarted ? { onStarted } : {}) });
  const close = () => setOpen(null);
  const button = (dialog: Open, text: string, id: string) =>
    !locked && (
      <Button size="small" onClick={() => setOpen(dialog)} data-testid={id}>
        {text}
      </Button>
    );
  const members = (group: string, user: string): IamChange => ({
    act: "removeFromGroup",
    group,
    users: [user],
  });
  return (
    <>
      <p className={styles.arn}>
        <code>{view.arn}</code> {view.created && <Ago at={view.created} />}
        <ExportButton
          registry={registry}
          document={{ kind: "entity", of }}
          name={of.name}
          data-testid="iam-export"
        />
      </p>
      {locked && <Notice>{t("iam.locked")}</Notice>}
      {view.problems.map((problem) => (
        <ErrorState key={`${problem.code} ${problem.message}`} error={problem} compact onRetry={onAgain} />
      ))}
      <Part title={t("iam.attached")} items={view.attached} none={t("iam.noAttached")} id="iam-attached">
        {(policy) => (
          <PolicyItem key={policy.arn} policy={policy}>
            {!locked && (
              <Button
                size="small"
                aria-label={t("iam.detachWhat", { name: policy.name })}
                onClick={() => plan({ act: "detach", from: [of], policies: [policy.arn ?? policy.name] })}
                data-testid={`iam-detach-${policy.name}`}
              >
                {t("iam.detach")}
              </Button>
            )}
          </PolicyItem>
        )}
      </Part>
      <div className={styles.wrap}>{button({ dialog: "attach" }, t("iam.attach"), "iam-attach")}</div>
      <Part title={t("iam.inline")} items={view.inline} none={t("iam.noInline")} id="iam-inline">
        {(policy) => (
          <PolicyItem key={policy.name} policy={policy}>
            {!locked && (
              <span className={styles.wrap}>
                <Button
                  size="small"
                  aria-label={t("iam.editWhat", { name: policy.name })}
                  onClick={() => setOpen({ dialog: "inline", policy })}
                  data-testid={`iam-inline-edit-${policy.name}`}
                >
                  {t("iam.edit")}
                </Button>
                <Button
                  size="small"
                  aria-label={t("iam.removeWhat", { name: policy.name })}
                  onClick={() => plan({ act: "deleteInline", of, policy: policy.name })}
                  data-testid={`iam-inline-delete-${policy.name}`}
                >
                  {t("iam.remove")}
                </Button>
              </span>
            )}
          </PolicyItem>
        )}
      </Part>
      <div className={styles.wrap}>
        {button({ dialog: "inline" }, t("iam.writeInline"), "iam-inline-write")}
      </div>
      {of.kind === "user" && (
        <>
          <Part title={t("iam.groups")} items={view.groups} none={t("iam.noGroups")} id="iam-groups">
            {(group) => (
              <li key={group} className={styles.belonging}>
                <span>{group}</span>
                {!locked && (
                  <Button
                    size="small"
                    aria-label={t("iam.leaveWhat", { name: group })}
                    onClick={() => plan(members(group, of.name))}
                    data-testid={`iam-leave-${group}`}
                  >
                    {t("iam.leave")}
                  </Button>
                )}
              </li>
            )}
          </Part>
          <div className={styles.wrap}>{button({ dialog: "join" }, t("iam.join"), "iam-join")}</div>
          <AccessKeys registry={registry} user={of.name} keys={view.keys} locked={locked} />
        </>
      )}
      {of.kind === "group" && (
        <>
          <Part title={t("iam.members")} items={view.members} none={t("iam.noMembers")} id="iam-members">
            {(user) => (
              <li key={user} className={styles.belonging}>
                <span>{user}</span>
                <Button
                  size="small"
                  aria-label={t("iam.removeMember", { name: user })}
                  onClick={() => plan(members(of.name, user))}
                  data-testid={`iam-member-remove-${user}`}
                >
                  {t("iam.leave")}
                </Button>
              </li>
            )}
          </Part>
          <div className={styles.wrap}>
            {button({ dialog: "addMember" }, t("iam.addMember"), "iam-add-member")}
          </div>
        </>
      )}
      {view.boundary && (
        <section className={styles.stack}>
          <h3 className={styles.heading}>{t("iam.boundary")}</h3>
          <code className={styles.arn}>{view.boundary}</code>
        </section>
      )}
      {view.trust !== null && (
        <section className={styles.stack}>
          <h3 className={styles.heading}>{t("iam.trust")}</h3>
          <CodeBlock name={t("iam.trust")} text={view.trust} maxHeight={220} data-testid="iam-trust" />
          <div className={styles.wrap}>
            {button({ dialog: "trust" }, t("iam.editTrust"), "iam-trust-edit")}
          </div>
        </section>
      )}
      <MayDo registry={registry} of={of} regions={regions} />
      {!locked && (
        <div className={styles.wrap}>
          <Button
            variant="danger"
            onClick={() => plan({ act: "delete", of }, onGone)}
            data-testid="iam-delete"
          >
            {t(`iam.delete.${of.kind}`)}
          </Button>
        </div>
      )}
      {open?.dialog === "attach" && <AttachDialog registry={registry} to={of} onClose={close} />}
      {open?.dialog === "join" && <MemberDialog registry={registry} of={of} onClose={close} />}
      {open?.dialog === "addMember" && <MemberDialog registry={registry} of={of} onClose={close} />}
      {open?.dialog === "inline" && (
        <DocumentDialog
          registry={registry}
          about={{ kind: "inline", of, ...(open.policy ? { policy: open.policy.name } : {}) }}
          text={open.policy?.text ?? ""}
          onClose={close}
        />
      )}
      {open?.dialog === "trust" && (
        <DocumentDialog
          registry={registry}
          about={{ kind: "trust", role: of.name }}
          text={view.trust ?? ""}
          onClose={close}
        />
      )}
    </>
  );
}
