import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { repositoryId } from "../../api/keys";
import type { CleanUpCandidates, CleanUpRepository } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Checkbox } from "../../components/Checkbox";
import { Prose } from "../../components/Prose";
import { RegistryName } from "../frame/RegistryName";
import styles from "./CleanUp.module.css";
import { type Selection, statementId, toggled } from "./selection";

/** What could go. What this app made is chosen already; the rest only if a person says so. */
export function ChooseStep({
  candidates,
  selection,
  onSelection,
  rule,
}: {
  candidates: CleanUpCandidates;
  selection: Selection;
  onSelection: (selection: Selection) => void;
  /** Whether the rule goes; null when there is none. */
  rule: { chosen: boolean; onChoose: (chosen: boolean) => void } | null;
}) {
  const { t } = useTranslation();
  const { sourceRepositories, destinationRepositories, statements } = candidates;
  const repositories = (list: readonly CleanUpRepository[], source: boolean) =>
    list.map((each) => {
      const key = repositoryId(each.repository);
      return (
        <li key={key} className={styles.row}>
          <Checkbox
            label={each.repository.repository}
            hint={<RepositoryNote candidate={each} source={source} />}
            checked={selection.has(key)}
            onChange={(on) => onSelection(toggled(selection, key, on))}
            data-testid={`cleanup-${source ? "source" : "destination"}-${each.repository.repository}`}
          />
          <Mark registry={<RegistryName registry={each.repository.registry} />} ours={each.ours} />
        </li>
      );
    });
  return (
    <>
      <p className={styles.muted}>{t("cleanup.text")}</p>
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
      <Group title={t("cleanup.statements")} none={t("cleanup.noStatements")}>
        {statements.map((each) => {
          const key = statementId(each);
          return (
            <li key={key} className={styles.row}>
              <Checkbox
                label={each.sid ?? t("permissions.noSid")}
                hint={
                  <>
                    <Prose text={each.sentence} />
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
      <Group title={t("cleanup.destinations")} none={t("cleanup.noDestinations")}>
        {repositories(destinationRepositories, false)}
      </Group>
      <Group title={t("cleanup.sources")} none={t("cleanup.noSources")}>
        {repositories(sourceRepositories, true)}
      </Group>
    </>
  );
}

function RepositoryNote({ candidate, source }: { candidate: CleanUpRepository; source: boolean }) {
  const { t } = useTranslation();
  const count = candidate.images;
  return (
    <>
      {t(source ? "cleanup.imagesGo" : "cleanup.replicasGo", { count })}
      {candidate.staying > 0 && (
        <>
          {" "}
          <strong>{t("cleanup.imagesStay", { count: candidate.staying })}</strong>
        </>
      )}
    </>
  );
}

function Group({ title, none, children }: { title: string; none: string | null; children: ReactNode }) {
  const empty = Array.isArray(children) && children.length === 0;
  return (
    <section className={styles.group}>
      <h2 className={styles.title}>{title}</h2>
      {empty ? <p className={styles.muted}>{none}</p> : <ul className={styles.list}>{children}</ul>}
    </section>
  );
}

function Mark({ registry, ours }: { registry: ReactNode; ours: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={styles.mark}>
      {ours && <Badge tone="accent">{t("replication.ours")}</Badge>}
      {registry}
    </span>
  );
}
