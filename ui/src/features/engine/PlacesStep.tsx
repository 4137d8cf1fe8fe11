import { KeyRound, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Space } from "../../api/types";
import { Button, IconButton } from "../../components/Button";
import { Unread } from "../../components/States";
import { SuggestField } from "../../components/SuggestField";
import { TextField } from "../../components/TextField";
import { CredentialsDialog } from "./CredentialsDialog";
import { type EngineFields, emptyDestination, errorAt, withSource } from "./engineForm";
import { useEnginePlaces, useOtherRegistries } from "./queries";
import styles from "./Wizard.module.css";

/** Where a rule copies from and to: accounts' registries, any other registry, or a directory. */
export function PlacesStep({
  space,
  form,
  onChange,
  findings,
  tried,
}: EngineFields & {
  space: Space;
  /** Whether a person has tried the next step: empty fields are then errors. */
  tried: boolean;
}) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(false);
  const { rule } = form;
  const to = (destinations: typeof rule.destinations) =>
    onChange({ ...form, rule: { ...rule, destinations } });
  const places = useEnginePlaces(space);
  const others = useOtherRegistries();
  return (
    <div className={styles.narrow}>
      <Unread read={places} />
      <Unread read={others} />
      <TextField
        label={t("engine.wizard.name")}
        value={rule.name}
        onChange={(event) => onChange({ ...form, rule: { ...rule, name: event.target.value } })}
        onBlur={() => setLeft(true)}
        error={tried || left || rule.name !== "" ? errorAt(findings, "name") : undefined}
        data-testid="engine-name"
      />
      <PlaceField
        space={space}
        label={t("engine.wizard.source")}
        value={rule.source.registry}
        onChange={(registry) => onChange(withSource(form, { registry }))}
        error={errorAt(findings, "source.registry")}
        tried={tried}
        testId="engine-source"
      />
      <ol className={styles.list}>
        {rule.destinations.map((destination, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a destination is its place in the rule
          <li key={index} className={styles.destination}>
            <PlaceField
              space={space}
              label={t("engine.wizard.destination", { number: index + 1 })}
              value={destination.registry}
              onChange={(registry) =>
                to(rule.destinations.map((each, at) => (at === index ? { ...each, registry } : each)))
              }
              error={errorAt(findings, `destinations[${index}]`)}
              tried={tried}
              testId={`engine-destination-${index}`}
            />
            <IconButton
              label={t("engine.wizard.removeDestination", { number: index + 1 })}
              icon={<X />}
              disabled={rule.destinations.length === 1}
              onClick={() => to(rule.destinations.filter((_, at) => at !== index))}
              className={styles.remove}
              data-testid={`engine-destination-remove-${index}`}
            />
          </li>
        ))}
      </ol>
      <div>
        <Button
          size="small"
          icon={<Plus />}
          onClick={() => to([...rule.destinations, { ...rule.destinations[0], ...emptyDestination() }])}
          data-testid="engine-destination-add"
        >
          {t("engine.wizard.addDestination")}
        </Button>
      </div>
    </div>
  );
}

function PlaceField({
  space,
  label,
  value,
  onChange,
  error,
  tried,
  testId,
}: {
  space: Space;
  label: string;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  tried: boolean;
  testId: string;
}) {
  const { t } = useTranslation();
  const { data: places = [] } = useEnginePlaces(space);
  const { data: others = [] } = useOtherRegistries();
  const [left, setLeft] = useState(false);
  const [asking, setAsking] = useState(false);
  const text = value.trim();
  const known = places.find(
    (each) =>
      each.text === text ||
      (each.registry !== null && `${each.registry.account}/${each.registry.region}` === text),
  );
  const other = others.find((each) => each.host === text);
  const elsewhere = text !== "" && !known?.registry && !text.startsWith("oci:") && !/^\d{12}\//.test(text);
  const state = () => {
    if (text.startsWith("oci:")) return t("engine.wizard.credentials.directory");
    if (known?.registry) return known.label;
    if (!elsewhere) return t("engine.wizard.registryHint");
    const signs = other?.user
      ? t("engine.wizard.credentials.ours", { user: other.user })
      : t("engine.wizard.credentials.docker");
    return other?.insecure ? `${signs} · ${t("engine.wizard.credentials.insecure")}` : signs;
  };
  return (
    <div className={styles.place}>
      <SuggestField
        label={label}
        hint={state()}
        value={value}
        onChange={onChange}
        onBlur={() => setLeft(true)}
        // A field that is still empty is not an error.
        error={tried || left || text !== "" ? error : undefined}
        suggestions={places.map((each) => ({ value: each.text, label: each.label }))}
        mono
        data-testid={testId}
      />
      {elsewhere && (
        <Button
          size="small"
          icon={<KeyRound />}
          onClick={() => setAsking(true)}
          className={styles.credentials}
          data-testid={`${testId}-credentials`}
        >
          {t("engine.wizard.setCredentials")}
        </Button>
      )}
      {asking && <CredentialsDialog host={text} known={other} onClose={() => setAsking(false)} />}
    </div>
  );
}
