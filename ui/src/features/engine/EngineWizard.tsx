import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { EngineRule, EngineRuleInput, Space } from "../../api/types";
import { Button } from "../../components/Button";
import { Findings } from "../../components/Findings";
import { PageHeader } from "../../components/PageHeader";
import { RadioGroup } from "../../components/RadioGroup";
import { ErrorState } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { useSteps } from "../../components/useSteps";
import { Spread, WizardFrame } from "../../components/WizardFrame";
import { SpaceBadge } from "../frame/SpaceBadge";
import { PlanConsent } from "../plans/PlanReview";
import { usePlanReview } from "../plans/usePlanReview";
import { LeaveGuard } from "../runs/LeaveGuard";
import { Driver } from "./Driver";
import { EngineResult } from "./EngineResult";
import { EngineReview } from "./EngineReview";
import { type EngineForm, ecrRegistries, stepOf, steps, toForm, toRule } from "./engineForm";
import { PlacesStep } from "./PlacesStep";
import { SelectionPreview } from "./SelectionPreview";
import { SelectionStep } from "./SelectionStep";
import { useCheckedRule } from "./useCheckedRule";
import { WhenStep } from "./WhenStep";
import styles from "./Wizard.module.css";
import { YamlView } from "./YamlView";

/** Four steps to an engine rule, or its YAML, with a preview of the selected tags while typing. */
export function EngineWizard({ space, id, start }: { space: Space; id: string | null; start: EngineRule }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [form, setForm] = useState<EngineForm>(() => toForm(start));
  // The text while the rule is edited as YAML.
  const [yaml, setYaml] = useState<string | null>(null);
  const { step, reached, content, heading, show, focusError } = useSteps();
  const [checking, setChecking] = useState(false);
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const [started, setStarted] = useState<string | null>(null);
  const [moving, setMoving] = useState(false);
  const name = steps[step] ?? "places";

  const input: EngineRuleInput =
    yaml === null ? { as: "form", rule: toRule(form) } : { as: "yaml", text: yaml };
  const checked = useCheckedRule(space, input);
  const { data } = checked;
  const request = { change: "saveEngineRule", space, id, rule: input } as const;
  const review = usePlanReview(name === "review" && !started ? request : null, setStarted);

  const go = (to: number) => {
    setRefused(null);
    show(to);
  };
  const next = async () => {
    setChecking(true);
    setTried(true);
    setRefused(null);
    try {
      const found = await checked.check();
      const errors = found.findings.filter((each) => each.severity === "error");
      const first = errors.map((each) => steps.indexOf(stepOf(each))).sort((a, b) => a - b)[0];
      if (yaml !== null) {
        if (errors.length === 0) go(steps.length - 1);
        return;
      }
      if (first === undefined || first > step) return go(step + 1);
      focusError();
      if (first !== step) go(first);
    } catch (error) {
      setRefused(error);
    } finally {
      setChecking(false);
    }
  };
  const view = async (to: "form" | "yaml") => {
    const found = await checked.check().catch(setRefused);
    if (!found) return;
    if (to === "yaml") setYaml(found.yaml ?? data?.yaml ?? "");
    else if (found.rule) {
      setForm(toForm(found.rule));
      setYaml(null);
    } else showToast({ kind: "info", title: t("engine.wizard.yamlWrong") });
  };

  const leave = () => void navigate({ to: "/replication" });
  const source = /^(\d{12})\/([a-z0-9-]+)$/.exec(form.rule.source.registry);
  const toNative = source && data?.driver?.native && id === null ? () => setMoving(true) : undefined;
  useEffect(() => {
    if (!moving || !source?.[1] || !source[2]) return;
    const rule = toRule(form);
    void navigate({
      to: "/replication/edit",
      search: {
        space,
        account: source[1],
        region: source[2],
        to: rule.destinations.map((each) => each.registry),
        prefixes: rule.source.repositories.flatMap((each) => ("prefix" in each ? [each.prefix] : [])),
      },
    });
  }, [moving, source, form, space, navigate]);
  const dirty =
    !moving &&
    started === null &&
    (yaml !== null || JSON.stringify(toRule(form)) !== JSON.stringify(toRule(toForm(start))));

  const header = (
    <PageHeader
      title={
        <>
          {t(id ? "engine.wizard.editTitle" : "engine.wizard.title")}
          <SpaceBadge space={space} registries={ecrRegistries(form.rule)} />
        </>
      }
      subtitle={t("engine.rulesText")}
    />
  );
  if (started) {
    return (
      <WizardFrame header={header} data-testid="page-engine-wizard">
        <EngineResult run={started} onAgain={() => setStarted(null)} />
      </WizardFrame>
    );
  }
  const last = name === "review";
  return (
    <WizardFrame
      header={header}
      stepper={{
        label: t("engine.wizard.steps"),
        steps: steps.map((each) => ({ id: each, label: t(`engine.wizard.step.${each}`) })),
        current: step,
        reached,
        onGo: (to) => (to <= step ? go(to) : void next()),
        "data-testid": "engine-stepper",
      }}
      heading={t(`engine.wizard.heading.${name}`)}
      headingRef={heading}
      contentRef={content}
      onSubmit={() => {
        if (last) review.start();
        else if (!checking) void next();
      }}
      data-testid="page-engine-wizard"
      contentTestId={`engine-step-${name}`}
      above={<PlanConsent review={review} />}
      footer={
        <>
          <Button variant="ghost" onClick={leave} data-testid="engine-cancel">
            {t("common.cancel")}
          </Button>
          <Spread />
          <Button
            disabled={step === 0}
            onClick={() => go(yaml === null ? step - 1 : 0)}
            data-testid="engine-back"
          >
            {t("common.back")}
          </Button>
          {last ? (
            <Button
              type="submit"
              variant="primary"
              disabled={!review.ready}
              busy={review.busy}
              data-testid="engine-submit"
            >
              {t(id ? "engine.wizard.submitEdit" : "engine.wizard.submit")}
            </Button>
          ) : (
            <Button type="submit" variant="primary" busy={checking} data-testid="engine-next">
              {t("common.next")}
            </Button>
          )}
        </>
      }
    >
      <LeaveGuard
        dirty={dirty}
        onLeave={leave}
        title={t("engine.wizard.leave")}
        text={t("engine.wizard.leaveText")}
        action={t("engine.wizard.leaveAction")}
      />
      {!last && (
        <div className={styles.view}>
          <RadioGroup<"form" | "yaml">
            label={t("engine.wizard.view")}
            hideLabel
            value={yaml === null ? "form" : "yaml"}
            options={[
              { value: "form", label: t("engine.wizard.form") },
              { value: "yaml", label: t("engine.wizard.yaml") },
            ]}
            onChange={(to) => void view(to)}
            data-testid="engine-view"
          />
        </div>
      )}
      {last ? (
        <EngineReview space={space} input={input} checked={checked} review={review} onNative={toNative} />
      ) : (
        <div className={name === "selection" || yaml !== null ? styles.halves : styles.stack}>
          <div className={styles.stack}>
            {yaml !== null ? (
              <YamlView text={yaml} onChange={setYaml} checked={checked} />
            ) : (
              <>
                {name === "places" && (
                  <PlacesStep
                    space={space}
                    form={form}
                    onChange={setForm}
                    findings={checked.findings}
                    tried={tried}
                  />
                )}
                {name === "selection" && (
                  <SelectionStep form={form} onChange={setForm} findings={checked.findings} />
                )}
                {name === "when" && (
                  <WhenStep
                    form={form}
                    onChange={setForm}
                    findings={checked.findings}
                    next={data?.next ?? []}
                  />
                )}
                <Findings
                  findings={checked.findings.filter(
                    (each) => each.field === null || (each.severity !== "error" && stepOf(each) === name),
                  )}
                />
              </>
            )}
            {data?.driver && <Driver driver={data.driver} onNative={toNative} />}
          </div>
          {(name === "selection" || yaml !== null) && (
            <SelectionPreview space={space} rule={checked.settled} />
          )}
        </div>
      )}
      {checked.error !== null && checked.error !== undefined && (
        <ErrorState error={checked.error} compact onRetry={() => void checked.refetch()} />
      )}
      {refused !== null && refused !== undefined && <ErrorState error={refused} compact />}
    </WizardFrame>
  );
}
