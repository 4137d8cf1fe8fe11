import { Globe, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { ColourDot } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { ErrorState } from "../../components/States";
import { SuggestField } from "../../components/SuggestField";
import { PlacedFindings } from "../findings/PlacedFindings";
import { RegistryName } from "../frame/RegistryName";
import { useScope } from "../frame/scope";
import {
  besideFields,
  type DestinationRow,
  errorAt,
  type RuleForm,
  shownDestinations,
  withDestination,
  withKind,
} from "./ruleForm";
import styles from "./Steps.module.css";
import { SourcesField } from "./sources/SourcesField";
import type { LivePreview } from "./useRulePreview";

/** Where the rule replicates to. */
export function DestinationsStep({
  registry,
  form,
  onChange,
  preview,
  attempted,
  editing,
  onEngine,
}: {
  registry: RegistryKey;
  /** The rule exists, so that its registry is fixed. */
  editing: boolean;
  form: RuleForm;
  onChange: (form: RuleForm) => void;
  preview: LivePreview;
  attempted: boolean;
  /** Continues in the engine rule wizard; absent for an existing native rule. */
  onEngine?: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  // A field that is still being edited is not an error.
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const rows = shownDestinations(form);
  const used = preview.data?.destinationsUsed ?? rows.length;
  const shown = besideFields("destinations", preview.findings).filter(
    (finding) => attempted || finding.severity !== "error" || rows.length > 0,
  );
  const change = (row: DestinationRow) =>
    onChange({ ...form, destinations: form.destinations.map((each) => (each.key === row.key ? row : each)) });
  return (
    <>
      {!editing && (
        <SourcesField registry={registry} also={form.also} onChange={(also) => onChange({ ...form, also })} />
      )}
      <fieldset className={styles.kinds}>
        <legend className={styles.legend}>{t("replication.wizard.type")}</legend>
        <Checkbox
          label={t("replication.wizard.crossRegion")}
          hint={t("replication.wizard.crossRegionHint")}
          checked={form.crossRegion}
          onChange={(on) => onChange(withKind(form, "region", on, registry.region))}
          data-testid="wizard-cross-region"
        />
        <Checkbox
          label={t("replication.wizard.crossAccount")}
          hint={t("replication.wizard.crossAccountHint")}
          checked={form.crossAccount}
          onChange={(on) => onChange(withKind(form, "account", on, registry.region))}
          data-testid="wizard-cross-account"
        />
      </fieldset>
      <div className={styles.listHead}>
        <h3 className={styles.legend}>{t("replication.destinations")}</h3>
        <span
          className={used > 25 ? styles.over : styles.muted}
          data-testid="destinations-counter"
          role="status"
        >
          {t("replication.wizard.counter", { used })}
        </span>
      </div>
      {rows.length === 0 ? (
        <p className={styles.muted}>{t("replication.wizard.chooseType")}</p>
      ) : (
        <ol className={styles.rows}>
          {rows.map((row, index) => (
            <Destination
              key={row.key}
              registry={registry}
              row={row}
              index={index}
              preview={preview}
              shows={(field) => attempted || left.has(`${row.key}.${field}`)}
              onLeave={(field) => setLeft((old) => new Set([...old, `${row.key}.${field}`]))}
              onChange={change}
              onRemove={() =>
                onChange({ ...form, destinations: form.destinations.filter((each) => each.key !== row.key) })
              }
            />
          ))}
        </ol>
      )}
      <div className={styles.adds}>
        {form.crossAccount && (
          <Button
            size="small"
            icon={<Plus />}
            onClick={() => onChange(withDestination(form, "account", registry.region))}
            data-testid="destination-add"
          >
            {t("replication.wizard.addAccount")}
          </Button>
        )}
        {form.crossRegion && (
          <Button
            size="small"
            icon={<Plus />}
            onClick={() => onChange(withDestination(form, "region"))}
            data-testid={form.crossAccount ? "destination-add-region" : "destination-add"}
          >
            {t("replication.wizard.addRegion")}
          </Button>
        )}
        {onEngine && (
          <Button size="small" icon={<Globe />} onClick={onEngine} data-testid="destination-any">
            {t("replication.wizard.anyRegistry")}
          </Button>
        )}
      </div>
      <PlacedFindings findings={shown} />
      {preview.error ? (
        <ErrorState error={preview.error} compact onRetry={() => void preview.refetch()} />
      ) : null}
    </>
  );
}

function Destination({
  registry,
  row,
  index,
  preview,
  shows,
  onLeave,
  onChange,
  onRemove,
}: {
  registry: RegistryKey;
  row: DestinationRow;
  index: number;
  preview: LivePreview;
  shows: (field: "account" | "region") => boolean;
  onLeave: (field: "account" | "region") => void;
  onChange: (row: DestinationRow) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation();
  const { accounts } = useScope();
  const path = `destinations[${index}]`;
  const account = row.kind === "region" ? registry.account : row.account.trim();
  const known = accounts.find((each) => each.id === account);
  const regions = [
    ...new Set([...(known?.regions ?? []), ...accounts.flatMap((each) => each.regions)]),
  ].filter((region) => account !== registry.account || region !== registry.region);
  const number = index + 1;
  // Findings about the whole destination are shown at its last field.
  const region = errorAt(preview.findings, `${path}.region`, path);
  return (
    <li className={styles.destination} data-testid={`destination-${index}`}>
      {row.kind === "account" ? (
        <SuggestField
          label={t("replication.wizard.account")}
          hint={known ? known.name : t("replication.wizard.accountHint")}
          value={row.account}
          onChange={(next) => onChange({ ...row, account: next })}
          onBlur={() => onLeave("account")}
          error={shows("account") ? errorAt(preview.findings, `${path}.account`) : undefined}
          suggestions={accounts
            .filter((each) => each.id !== registry.account)
            .map((each) => ({ value: each.id, label: each.name, mark: <ColourDot colour={each.colour} /> }))}
          mono
          data-testid={`destination-account-${index}`}
        />
      ) : (
        <div className={styles.own}>
          <span className={styles.ownLabel}>{t("replication.wizard.account")}</span>
          <span className={styles.ownValue}>
            <RegistryName registry={registry} region={false} />
            <span className={styles.muted}>{t("replication.wizard.sameAccount")}</span>
          </span>
        </div>
      )}
      <SuggestField
        label={t("frame.region")}
        value={row.region}
        onChange={(next) => onChange({ ...row, region: next })}
        onBlur={() => onLeave("region")}
        error={shows("region") ? region : undefined}
        suggestions={regions.map((value) => ({ value }))}
        mono
        data-testid={`destination-region-${index}`}
      />
      <IconButton
        label={t("replication.wizard.removeDestination", { number })}
        icon={<X />}
        onClick={onRemove}
        className={styles.removeRow}
        data-testid={`destination-remove-${index}`}
      />
    </li>
  );
}
