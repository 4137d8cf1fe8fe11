import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { EngineNewestBy, EngineReferrers } from "../../api/types";
import { Select } from "../../components/Select";
import { TextArea, TextField } from "../../components/TextField";
import { type EngineFields, errorAt, numberOf, saysMore, tagsOf, withSource, withTags } from "./engineForm";
import { PatternRows } from "./PatternRows";
import styles from "./Wizard.module.css";

const referrers = ["where-possible", "with", "without"] as const satisfies readonly EngineReferrers[];
const orders = ["pushed", "version"] as const satisfies readonly EngineNewestBy[];

/** Which images a rule copies: the repositories first, then everything that ECR's prefixes cannot express. */
export function SelectionStep({ form, onChange, findings }: EngineFields) {
  const { t } = useTranslation();
  const [more, setMore] = useState(() => saysMore(form.rule));
  const { source } = form.rule;
  return (
    <>
      <PatternRows
        label={t("engine.wizard.repositories")}
        hint={t("engine.wizard.repositoriesHint")}
        kinds={more ? ["prefix", "exact", "glob", "regex"] : ["prefix"]}
        rows={source.repositories}
        onChange={(repositories) => onChange(withSource(form, { repositories }))}
        errorAt={(index) => errorAt(findings, `source.repositories[${index}]`)}
        testId="engine-repository"
      />
      <div>
        <button
          type="button"
          className={styles.disclosure}
          aria-expanded={more}
          onClick={() => setMore(!more)}
          data-testid="engine-more"
        >
          {more ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}
          <strong>{t("engine.wizard.more")}</strong>
          <span className={styles.faint}>{t("engine.wizard.moreHint")}</span>
        </button>
      </div>
      {more && <More form={form} onChange={onChange} findings={findings} />}
    </>
  );
}

function More({ form, onChange, findings }: EngineFields) {
  const { t } = useTranslation();
  const { source } = form.rule;
  const tags = tagsOf(form.rule);
  const text = (field: "minimum_age" | "pushed_after" | "pushed_before", label: string, hint: string) => (
    <TextField
      label={label}
      hint={hint}
      mono
      value={tags[field] ?? ""}
      onChange={(event) => onChange(withTags(form, { [field]: event.target.value.trim() || null }))}
      error={errorAt(findings, `source.tags.${field}`)}
      data-testid={`engine-${field.replace("_", "-")}`}
    />
  );
  return (
    <>
      <PatternRows
        label={t("engine.wizard.repositoriesOut")}
        kinds={["exact", "prefix", "glob", "regex"]}
        rows={source.exclude}
        onChange={(exclude) => onChange(withSource(form, { exclude }))}
        errorAt={(index) => errorAt(findings, `source.exclude[${index}]`)}
        testId="engine-exclude"
      />
      <PatternRows
        label={t("engine.wizard.tags")}
        hint={t("engine.wizard.tagsHint")}
        kinds={["glob", "semver", "regex", "exact"]}
        rows={tags.include}
        onChange={(include) => onChange(withTags(form, { include }))}
        errorAt={(index) => errorAt(findings, `source.tags.include[${index}]`)}
        testId="engine-tag"
      />
      <PatternRows
        label={t("engine.wizard.tagsOut")}
        kinds={["exact", "glob", "regex", "semver"]}
        rows={tags.exclude}
        onChange={(exclude) => onChange(withTags(form, { exclude }))}
        errorAt={(index) => errorAt(findings, `source.tags.exclude[${index}]`)}
        testId="engine-tag-exclude"
      />
      <div className={styles.pair}>
        {text("minimum_age", t("engine.wizard.minimumAge"), t("engine.wizard.minimumAgeHint"))}
        <TextField
          label={t("engine.wizard.newest")}
          hint={t("engine.wizard.newestHint")}
          inputMode="numeric"
          value={tags.newest ?? ""}
          onChange={(event) => onChange(withTags(form, { newest: numberOf(event.target.value) }))}
          error={errorAt(findings, "source.tags.newest")}
          data-testid="engine-newest"
        />
        {text("pushed_after", t("engine.wizard.pushedAfter"), t("engine.wizard.dateHint"))}
        {text("pushed_before", t("engine.wizard.pushedBefore"), t("engine.wizard.dateHint"))}
      </div>
      {tags.newest !== null && (
        <Select<EngineNewestBy>
          label={t("engine.wizard.newestBy")}
          value={tags.newest_by ?? "pushed"}
          options={orders.map((value) => ({ value, label: t(`engine.wizard.by.${value}`) }))}
          onChange={(by) => onChange(withTags(form, { newest_by: by }))}
          data-testid="engine-newest-by"
        />
      )}
      <TextField
        label={t("engine.wizard.platforms")}
        hint={t("engine.wizard.platformsHint")}
        mono
        value={form.platforms}
        onChange={(event) => onChange({ ...form, platforms: event.target.value })}
        error={findings.find((each) => each.field?.startsWith("source.platforms"))?.text}
        data-testid="engine-platforms"
      />
      <Select<EngineReferrers>
        label={t("engine.wizard.referrers")}
        value={source.referrers ?? "where-possible"}
        options={referrers.map((value) => ({ value, label: t(`engine.wizard.referrer.${value}`) }))}
        onChange={(value) => onChange(withSource(form, { referrers: value }))}
        data-testid="engine-referrers"
      />
      <div className={styles.pair}>
        {(["labels", "annotations"] as const).map((field) => (
          <TextArea
            key={field}
            label={t(`engine.wizard.${field}`)}
            hint={t("engine.wizard.pairsHint")}
            mono
            rows={2}
            value={form[field]}
            onChange={(event) => onChange({ ...form, [field]: event.target.value })}
            error={findings.find((each) => each.field?.startsWith(`source.${field}`))?.text}
            data-testid={`engine-${field}`}
          />
        ))}
      </div>
    </>
  );
}
