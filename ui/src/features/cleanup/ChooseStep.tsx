import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { repositoryId } from "../../api/keys";
import type { CleanUpCandidates, CleanUpReason, CleanUpRepository } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Checkbox } from "../../components/Checkbox";
import { Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import { RegistryName } from "../frame/RegistryName";
import styles from "./CleanUp.module.css";
import { LookInto } from "./LookInto";
import { type Selection, statementId, toggled } from "./selection";

/** The candidates for deletion. Those that belong to the rule are selected; the others say why they are not. */
export function ChooseStep({
  candidates,
  selection,
  onSelection,
  onLooked,
  rule,
}: {
  candidates: CleanUpCandidates;
  selection: Selection;
  onSelection: (selection: Selection) => void;
  /** Called when a repository that was too big to check automatically has been checked. */
  onLooked: (repository: CleanUpRepository) => void;
  /** Whether the rule will be removed; null when there is none. */
  rule: { chosen: boolean; onChoose: (chosen: boolean) => void } | null;
}) {
  const { t } = useTranslation();
  const { sourceRepositories, destinationRepositories, statements } = candidates;
  // What a destination that cannot be read has is not known.
  const unseen = candidates.problems.length > 0 ? t("cleanup.unknown") : null;
  const repositories = (list: readonly CleanUpRepository[], source: boolean) =>
    list.map((each) => {
      const key = repositoryId(each.repository);
      const side = source ? "source" : "destination";
      const closed = each.why === "notLookedInto";
      return (
        <li key={key} className={styles.row} data-why={each.why}>
          <Checkbox
            label={each.repository.repository}
            hint={<RepositoryNote candidate={each} source={source} />}
            checked={selection.has(key)}
            disabled={closed || each.why === "nothingCame"}
            onChange={(on) => onSelection(toggled(selection, key, on))}
            data-testid={`cleanup-${side}-${each.repository.repository}`}
          />
          <Mark registry={<RegistryName registry={each.repository.registry} />} ours={each.ours}>
            {closed && (
              <LookInto source={candidates.source} repository={each.repository} onLooked={onLooked} />
            )}
          </Mark>
        </li>
      );
    });
  return (
    <>
      <p className={styles.muted}>{t(rule ? "cleanup.text" : "cleanup.textWithoutRule")}</p>
      {candidates.problems.map(({ registry, error }) => (
        <Notice key={repositoryId({ registry, repository: "" })} severity="warning">
          {t("cleanup.unseen")} <RegistryName registry={registry} />. <Prose text={error.message} />
        </Notice>
      ))}
      {rule && (
        <Group title={t("cleanup.rule")} none={null}>
          <li className={styles.row}>
            <Checkbox
              label={t("cleanup.removeRule")}
              hint={candidates.rule && <Prose text={candidates.rule} />}
              checked={rule.chosen}
              onChange={rule.onChoose}
              data-testid="cleanup-rule"
            />
            <Mark registry={<RegistryName registry={candidates.source} />} ours={false} />
          </li>
        </Group>
      )}
      <Group title={t("cleanup.statements")} none={unseen ?? t("cleanup.noStatements")}>
        {statements.map((each) => {
          const key = statementId(each);
          return (
            <li key={key} className={styles.row} data-why={each.why}>
              <Checkbox
                label={each.sid ?? t("permissions.noSid")}
                hint={
                  <>
                    <Prose text={each.sentence} /> <Reason why={each.why} />
                    {each.otherAccounts.length > 0 && (
                      <>
                        {" "}
                        <strong>
                          {t("cleanup.otherAccounts", { accounts: each.otherAccounts.join(", ") })}
                        </strong>
                      </>
                    )}
                  </>
                }
                checked={selection.has(key)}
                onChange={(on) => onSelection(toggled(selection, key, on))}
                data-testid={`cleanup-statement-${each.sid ?? each.key.statement}`}
              />
              <Mark registry={<RegistryName registry={each.key.registry} />} ours={each.ours} />
            </li>
          );
        })}
      </Group>
      <Group
        title={t("cleanup.destinations")}
        none={unseen ?? t("cleanup.noDestinations")}
        more={candidates.moreDestinationRepositories}
      >
        {repositories(destinationRepositories, false)}
      </Group>
      <Group
        title={t("cleanup.sources")}
        none={t("cleanup.noSources")}
        more={candidates.moreSourceRepositories}
      >
        {repositories(sourceRepositories, true)}
      </Group>
    </>
  );
}

function RepositoryNote({ candidate, source }: { candidate: CleanUpRepository; source: boolean }) {
  const { t } = useTranslation();
  const { images: count, staying, why } = candidate;
  const counted =
    why === "notLookedInto" ? "cleanup.imagesThere" : source ? "cleanup.imagesGo" : "cleanup.replicasGo";
  return (
    <>
      {why !== "nothingCame" && t(counted, { count })} <Reason why={why} />
      {staying > 0 && (
        <>
          {" "}
          <strong>{t("cleanup.imagesStay", { count: staying })}</strong>
        </>
      )}
    </>
  );
}

/** Why a candidate is preselected or not; nothing if the text next to it already says so. */
function Reason({ why }: { why: CleanUpReason }) {
  const { t } = useTranslation();
  return why === "came" || why === "holdsOthers" ? null : t(`cleanup.reason.${why}`);
}

function Group({
  title,
  none,
  more = 0,
  children,
}: {
  title: string;
  none: string | null;
  more?: number;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const empty = Array.isArray(children) && children.length === 0;
  return (
    <section className={styles.group}>
      <h2 className={styles.title}>{title}</h2>
      {empty ? <p className={styles.muted}>{none}</p> : <ul className={styles.list}>{children}</ul>}
      {more > 0 && <p className={styles.muted}>{t("cleanup.more", { count: more })}</p>}
    </section>
  );
}

function Mark({ registry, ours, children }: { registry: ReactNode; ours: boolean; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <span className={styles.mark}>
      {children}
      {ours && <Badge tone="accent">{t("replication.ours")}</Badge>}
      {registry}
    </span>
  );
}
