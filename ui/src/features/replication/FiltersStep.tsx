import { ChevronRight, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import { Badge } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { cx } from "../../components/cx";
import { Findings, Notice } from "../../components/Findings";
import { formatBytes } from "../../components/format";
import { ScrollList } from "../../components/ScrollList";
import { ErrorState, SkeletonLines } from "../../components/States";
import { TextField } from "../../components/TextField";
import { Bytes, Count, LongName } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import { besideFields, errorAt, filledFilters, type RuleForm, withFilter } from "./ruleForm";
import styles from "./Steps.module.css";
import type { LivePreview } from "./useRulePreview";

/** The rule's filters, with a preview of the matches while typing. */
export function FiltersStep({
  form,
  onChange,
  preview,
  attempted,
  deletes,
  onEngine,
}: {
  form: RuleForm;
  onChange: (form: RuleForm) => void;
  preview: LivePreview;
  attempted: boolean;
  /** The rule that is edited replicates deletes, so that this can be turned off here. */
  deletes: boolean;
  /** Continues in the engine rule wizard; absent for an existing native rule. */
  onEngine?: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const filled = filledFilters(form);
  const rows = form.filters.length > 0 ? form.filters : [{ key: 0, text: "" }];
  const set = (key: number, text: string) =>
    onChange({ ...form, filters: rows.map((row) => (row.key === key ? { key, text } : row)) });
  // A filter has at least two letters; before that there is no error.
  const error = (key: number, text: string) => {
    const index = filled.findIndex((row) => row.key === key);
    if (index === -1 || (!attempted && text.trim().length < 2)) return undefined;
    return errorAt(preview.findings, `filters[${index}]`);
  };
  const beside = besideFields("filters", preview.findings).filter(
    (finding) => attempted || finding.severity !== "error" || finding.field === null,
  );
  const atRows = new Set(filled.map((_, index) => `filters[${index}]`));
  return (
    <div className={styles.halves}>
      <div className={styles.half}>
        <p className={styles.muted}>{t("replication.wizard.filtersText")}</p>
        <ol className={styles.rows}>
          {rows.map((row, index) => (
            <li key={row.key} className={styles.filter}>
              <TextField
                label={t("replication.wizard.filter", { number: index + 1 })}
                hint={index === 0 ? t("replication.wizard.filterHint") : undefined}
                value={row.text}
                onChange={(event) => set(row.key, event.target.value)}
                error={error(row.key, row.text)}
                mono
                data-testid={`filter-${index}`}
              />
              <IconButton
                label={t("replication.wizard.removeFilter", { number: index + 1 })}
                icon={<X />}
                disabled={rows.length === 1 && row.text === ""}
                onClick={() => onChange({ ...form, filters: rows.filter((each) => each.key !== row.key) })}
                className={styles.removeRow}
                data-testid={`filter-remove-${index}`}
              />
            </li>
          ))}
        </ol>
        <div className={styles.adds}>
          <Button
            size="small"
            icon={<Plus />}
            onClick={() => onChange(withFilter({ ...form, filters: rows }))}
            data-testid="filter-add"
          >
            {t("replication.wizard.addFilter")}
          </Button>
          {onEngine && (
            <Button
              size="small"
              variant="ghost"
              icon={<ChevronRight />}
              onClick={onEngine}
              title={t("replication.wizard.moreHint")}
              data-testid="filters-more"
            >
              {t("engine.wizard.more")}
            </Button>
          )}
        </div>
        {filled.length === 0 && (
          <div data-testid="no-filter">
            <Notice severity="warning">{t("replication.wizard.noFilter")}</Notice>
          </div>
        )}
        {deletes && (
          <Checkbox
            label={t("replication.deletes")}
            hint={t("replication.wizard.deletesHint")}
            checked={form.deleteReplication}
            onChange={(on) => onChange({ ...form, deleteReplication: on })}
            data-testid="wizard-deletes"
          />
        )}
        <Findings
          findings={beside.filter(
            (finding) => finding.severity !== "error" || !atRows.has(finding.field ?? ""),
          )}
        />
      </div>
      <Matches form={form} preview={preview} />
    </div>
  );
}

function Matches({ form, preview }: { form: RuleForm; preview: LivePreview }) {
  const { t } = useTranslation();
  const { data, behind, error } = preview;
  return (
    <section
      className={cx(styles.half, styles.matches)}
      aria-label={t("replication.wizard.matches")}
      aria-busy={behind}
      data-testid="preview-matches"
    >
      {error ? (
        <ErrorState error={error} compact />
      ) : !data ? (
        <SkeletonLines lines={5} />
      ) : (
        <div className={cx(styles.matchBody, behind && styles.behind)}>
          <p className={styles.matchHead} role="status" data-testid="preview-summary">
            <strong data-testid="preview-repositories">
              {t("replication.wizard.matchCount", { count: data.repositories })}
            </strong>
            <span data-testid="preview-images">
              {t("replication.wizard.matchImages", { count: data.images })}
            </span>
            <span data-testid="preview-bytes">{formatBytes(data.bytes)}</span>
          </p>
          {data.repositories === 0 ? (
            <p className={styles.muted}>{t("replication.wizard.noMatch")}</p>
          ) : (
            <ScrollList label={t("replication.wizard.matches")} className={styles.matchList}>
              {data.matches.map((match) => (
                <li
                  key={`${match.registry ? registryId(match.registry) : ""} ${match.repository}`}
                  className={cx(styles.match, match.accidental && styles.accidental)}
                  data-testid={match.accidental ? "preview-accidental" : "preview-match"}
                >
                  <LongName text={match.repository} mono />
                  {form.also.length > 0 && match.registry && <RegistryName registry={match.registry} />}
                  {match.accidental && (
                    <Badge tone="warning" title={t("replication.wizard.accidentalTitle")}>
                      {t("replication.wizard.accidental")}
                    </Badge>
                  )}
                  <span className={styles.matchCount}>
                    <Count value={match.images} />
                  </span>
                  <span className={styles.matchCount}>
                    <Bytes value={match.bytes} />
                  </span>
                </li>
              ))}
            </ScrollList>
          )}
          {data.repositories > data.matches.length && (
            <p className={styles.muted}>
              {t("replication.wizard.moreMatches", { count: data.repositories - data.matches.length })}
            </p>
          )}
          <p className={styles.faint}>{t("replication.wizard.onlyNew")}</p>
        </div>
      )}
    </section>
  );
}
