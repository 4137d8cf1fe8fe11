import { useTranslation } from "react-i18next";
import type { EngineCreate, EngineOnConflict, EngineRename } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { RadioGroup } from "../../components/RadioGroup";
import { Select } from "../../components/Select";
import { TextField } from "../../components/TextField";
import { type EngineFields, errorAt, withEach } from "./engineForm";
import { LimitsFields } from "./LimitsFields";
import { ScheduleFields } from "./ScheduleFields";
import styles from "./Wizard.module.css";

const conflicts = ["fail", "skip", "overwrite"] as const satisfies readonly EngineOnConflict[];
const creations = ["create", "settings", "template", "never"] as const;
const renamings = ["same", "prefix", "template"] as const;

/** The names at the destination, the handling of conflicts, and the schedule. */
export function WhenStep({
  form,
  onChange,
  findings,
  next,
}: EngineFields & {
  /** The next times at which it would run. */
  next: readonly string[];
}) {
  const { t } = useTranslation();
  const to = form.rule.destinations[0];
  const error = (field: string) =>
    form.rule.destinations
      .map((_, index) => errorAt(findings, `destinations[${index}].${field}`))
      .find((each) => each !== undefined);
  const create = to?.create ?? null;
  const creating = create === null ? "create" : typeof create === "string" ? create : "settings";
  const settings = create !== null && typeof create !== "string" ? create.settings : noSettings;
  const set = (change: Partial<typeof noSettings>) =>
    onChange(withEach(form, { create: { settings: { ...settings, ...change } } }));
  return (
    <div className={styles.columns}>
      <div className={styles.column}>
        <Rename
          rename={to?.rename ?? null}
          error={error("rename")}
          onChange={(rename) => onChange(withEach(form, { rename }))}
        />
        <TextField
          label={t("engine.wizard.tagTemplate")}
          hint={t("engine.wizard.tagTemplateHint")}
          mono
          value={to?.tags?.template ?? ""}
          onChange={(event) => {
            const template = event.target.value || null;
            const map = to?.tags?.map ?? {};
            const none = template === null && Object.keys(map).length === 0;
            onChange(withEach(form, { tags: none ? null : { map, template } }));
          }}
          error={error("tags")}
          data-testid="engine-tag-template"
        />
        <Select<EngineOnConflict>
          label={t("engine.wizard.conflict")}
          value={to?.on_conflict ?? "fail"}
          options={conflicts.map((value) => ({ value, label: t(`engine.wizard.conflicts.${value}`) }))}
          onChange={(value) => onChange(withEach(form, { on_conflict: value }))}
          error={error("on_conflict")}
          data-testid="engine-conflict"
        />
        <Checkbox
          label={t("engine.wizard.expiry")}
          checked={to?.on_expiry === "accept"}
          onChange={(on) => onChange(withEach(form, { on_expiry: on ? "accept" : null }))}
          data-testid="engine-expiry"
        />
        <Select<(typeof creations)[number]>
          label={t("engine.wizard.create")}
          value={creating}
          options={creations.map((value) => ({ value, label: t(`engine.wizard.creating.${value}`) }))}
          onChange={(value) => onChange(withEach(form, { create: creationOf(value) }))}
          error={error("create")}
          data-testid="engine-create"
        />
        {creating === "settings" && (
          <>
            <Checkbox
              label={t("engine.wizard.immutable")}
              checked={settings.immutability === "immutable"}
              onChange={(on) => set({ immutability: on ? "immutable" : "mutable" })}
              data-testid="engine-create-immutable"
            />
            <Checkbox
              label={t("engine.wizard.scan")}
              checked={settings.scan_on_push ?? false}
              onChange={(on) => set({ scan_on_push: on })}
              data-testid="engine-create-scan"
            />
          </>
        )}
      </div>
      <div className={styles.column}>
        <ScheduleFields form={form} onChange={onChange} findings={findings} next={next} />
        <LimitsFields form={form} onChange={onChange} findings={findings} />
      </div>
    </div>
  );
}

const noSettings = {
  immutability: null,
  immutability_exceptions: [],
  scan_on_push: null,
  encryption: null,
  tags: {},
} as Extract<EngineCreate, object>["settings"];

function creationOf(value: (typeof creations)[number]): EngineCreate | null {
  if (value === "create") return null;
  return value === "settings" ? { settings: noSettings } : value;
}

function Rename({
  rename,
  error,
  onChange,
}: {
  rename: EngineRename | null;
  error: string | undefined;
  onChange: (rename: EngineRename | null) => void;
}) {
  const { t } = useTranslation();
  const kind = rename === null ? "same" : "prefix" in rename ? "prefix" : "template";
  return (
    <>
      <RadioGroup
        label={t("engine.wizard.rename")}
        value={kind}
        options={renamings.map((value) => ({ value, label: t(`engine.wizard.renaming.${value}`) }))}
        onChange={(value) =>
          onChange(
            value === "same"
              ? null
              : value === "prefix"
                ? { prefix: { from: "", to: "" } }
                : { template: "{repository}" },
          )
        }
        data-testid="engine-rename"
      />
      {rename !== null && "prefix" in rename && (
        <div className={styles.pair}>
          {(["from", "to"] as const).map((end) => (
            <TextField
              key={end}
              label={t(end === "from" ? "engine.wizard.renameFrom" : "engine.wizard.renameTo")}
              mono
              value={rename.prefix[end]}
              onChange={(event) => onChange({ prefix: { ...rename.prefix, [end]: event.target.value } })}
              error={end === "to" ? error : undefined}
              data-testid={`engine-rename-${end}`}
            />
          ))}
        </div>
      )}
      {rename !== null && "template" in rename && (
        <TextField
          label={t("engine.wizard.template")}
          hint={t("engine.wizard.templateHint")}
          mono
          value={rename.template}
          onChange={(event) => onChange({ template: event.target.value })}
          error={error}
          data-testid="engine-rename-template-text"
        />
      )}
    </>
  );
}
