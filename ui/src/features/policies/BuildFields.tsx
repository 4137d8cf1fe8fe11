import { useTranslation } from "react-i18next";
import type { ApiError } from "../../api/types";
import { ColourDot } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { RadioGroup } from "../../components/RadioGroup";
import { TextField } from "../../components/TextField";
import { useScope } from "../frame/scope";
import { words } from "../permissions/statementForm";
import type { BuildForm } from "./buildForm";
import styles from "./Policies.module.css";

type TextName = Exclude<keyof BuildForm, "kind" | "which" | "mfa">;

/** The fields that a kind of policy is built from. */
export function BuildFields({
  form,
  onForm,
  fields,
  error,
}: {
  form: BuildForm;
  onForm: (form: BuildForm) => void;
  /** Their names, as the request has them. */
  fields: readonly string[];
  error: ApiError | null;
}) {
  const { t } = useTranslation();
  const { accounts } = useScope();
  const has = (name: string) => fields.includes(name);
  // An empty field is not wrong yet.
  const errorOf = (name: TextName) => {
    const about = error?.field === name || error?.field?.startsWith(`${name}[`);
    return about && form[name].trim() !== "" ? error?.message : undefined;
  };
  const text = (name: TextName, label: string, hint: string) => (
    <TextField
      label={label}
      hint={hint}
      value={form[name]}
      onChange={(event) => onForm({ ...form, [name]: event.target.value })}
      error={errorOf(name)}
      mono
      data-testid={`policy-${name}`}
    />
  );
  const registries = accounts
    .flatMap(({ id, name, regions, colour }) =>
      regions.map((region) => ({ value: `${id}/${region}`, name: `${name} ${region}`, colour })),
    )
    .filter(({ value }) => !words(form.registries).includes(value));
  return (
    <>
      {has("registries") && text("registries", t("policies.registries"), t("policies.registriesHint"))}
      {has("registries") && registries.length > 0 && (
        <div className={styles.known}>
          {registries.map(({ value, name, colour }) => (
            <Button
              key={value}
              size="small"
              icon={<ColourDot colour={colour} />}
              onClick={() => onForm({ ...form, registries: [...words(form.registries), value].join(", ") })}
              data-testid={`policy-registry-${value}`}
            >
              {t("policies.addRegistry", { name })}
            </Button>
          ))}
        </div>
      )}
      {has("repositories") && (
        <RadioGroup
          label={t("policies.which")}
          value={form.which}
          options={[
            { value: "all", label: t("policies.whichAll") },
            { value: "names", label: t("policies.whichNames") },
            { value: "prefixes", label: t("policies.whichPrefixes") },
            { value: "tag", label: t("policies.whichTag") },
          ]}
          onChange={(which) => onForm({ ...form, which })}
          data-testid="policy-which"
        />
      )}
      {has("repositories") &&
        form.which === "names" &&
        text("repositories", t("policies.repositories"), t("policies.commas"))}
      {has("prefixes") &&
        form.which === "prefixes" &&
        text("prefixes", t("policies.prefixes"), t("policies.commas"))}
      {has("tag") && form.which === "tag" && text("tag", t("policies.tag"), t("policies.tagHint"))}
      {has("principals") && text("principals", t("policies.principals"), t("policies.principalsHint"))}
      {has("organization") &&
        text("organization", t("policies.organization"), t("policies.organizationHint"))}
      {has("projects") && text("projects", t("policies.projects"), projectsHint())}
      {has("branch") && text("branch", t("policies.branch"), t("policies.branchHint"))}
      {has("host") && text("host", t("policies.host"), t("policies.hostHint"))}
      {has("externalId") && text("externalId", t("policies.externalId"), t("policies.externalIdHint"))}
      {has("mfa") && (
        <Checkbox
          label={t("policies.mfa")}
          hint={t("policies.mfaHint")}
          checked={form.mfa}
          onChange={(mfa) => onForm({ ...form, mfa })}
          data-testid="policy-mfa"
        />
      )}
    </>
  );

  function projectsHint(): string {
    if (form.kind === "trust-github" || form.kind === "trust-gitlab") {
      return t(`policies.projectsHint.${form.kind}`);
    }
    return t("policies.projectsHint.other");
  }
}
