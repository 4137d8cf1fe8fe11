import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey, RuleView } from "../../api/types";
import { Button } from "../../components/Button";
import { PageHeader } from "../../components/PageHeader";
import { ErrorState } from "../../components/States";
import { useSteps } from "../../components/useSteps";
import { Spread, WizardFrame } from "../../components/WizardFrame";
import { RegistryName } from "../frame/RegistryName";
import { SpaceBadge } from "../frame/SpaceBadge";
import { PlanConsent } from "../plans/PlanReview";
import { usePlanReview } from "../plans/usePlanReview";
import { LeaveGuard } from "../runs/LeaveGuard";
import { DestinationsStep } from "./DestinationsStep";
import { FiltersStep } from "./FiltersStep";
import { OtherSideStep } from "./OtherSideStep";
import { ReviewStep } from "./ReviewStep";
import { blocking, initialForm, type RuleForm, steps, toPlanRequest, toRuleInput } from "./ruleForm";
import { leftOut, useOtherSides } from "./useOtherSides";
import { useRulePreview } from "./useRulePreview";
import { WizardResult } from "./WizardResult";

/** Four steps to a rule: destinations, filters, destination permissions and review. */
export function RuleWizard({
  registry,
  rule,
  to,
  prefixes,
}: {
  registry: RegistryKey;
  rule?: RuleView | undefined;
  /** Destinations and prefixes that were chosen before, in another form. */
  to?: string[] | undefined;
  prefixes?: string[] | undefined;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const start = useMemo(() => initialForm(registry, rule, { to, prefixes }), [registry, rule, to, prefixes]);
  // On the way to the engine rule wizard, which takes over the entries.
  const [moving, setMoving] = useState(false);
  const [form, setForm] = useState<RuleForm>(start);
  const { step, reached, content, heading, show, focusError } = useSteps();
  const [attempted, setAttempted] = useState<ReadonlySet<number>>(new Set());
  const [checking, setChecking] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const [started, setStarted] = useState<string | null>(null);
  const name = steps[step] ?? "destinations";

  const input = toRuleInput(form, registry, rule?.id ?? null);
  const preview = useRulePreview(input);
  const sides = useOtherSides(form, input, step >= 2);
  const request = toPlanRequest(form, input, sides.adding);
  const review = usePlanReview(name === "review" && !started ? request : null, setStarted);

  const go = (to: number) => {
    setRefused(null);
    show(to);
  };
  const next = async () => {
    setChecking(true);
    setRefused(null);
    try {
      const checked = await preview.check();
      // A later step may have made an unchanged step invalid.
      const wrong = steps.findIndex(
        (each, index) => index <= step && blocking(each, checked.findings).length > 0,
      );
      if (wrong === -1) return go(step + 1);
      setAttempted((old) => new Set([...old, wrong]));
      focusError();
      if (wrong !== step) go(wrong);
    } catch (error) {
      setRefused(error);
    } finally {
      setChecking(false);
    }
  };
  const leave = () =>
    void navigate({ to: "/replication", search: { account: registry.account, region: registry.region } });
  const engine = rule ? undefined : () => setMoving(true);
  const text = JSON.stringify(input);
  useEffect(() => {
    if (!moving) return;
    const chosen = JSON.parse(text) as typeof input;
    void navigate({
      to: "/replication/engine",
      search: {
        ...registry,
        to: chosen.destinations.map((each) => `${each.account}/${each.region}`),
        prefixes: chosen.filters,
      },
    });
  }, [moving, text, registry, navigate]);
  const dirty = !moving && started === null && JSON.stringify(form) !== JSON.stringify(start);

  if (started) {
    return (
      <WizardFrame
        header={<Header registry={registry} editing={Boolean(rule)} />}
        data-testid="page-rule-wizard"
      >
        <WizardResult
          run={started}
          registry={registry}
          also={form.also}
          destinations={input.destinations.map((each) => ({ space: registry.space, ...each }))}
          prefixes={input.filters}
          lacking={leftOut(sides).map((side) => side.registry)}
          onAgain={() => setStarted(null)}
          onFollow={setStarted}
        />
      </WizardFrame>
    );
  }
  return (
    <WizardFrame
      header={<Header registry={registry} editing={Boolean(rule)} />}
      stepper={{
        label: t("replication.wizard.steps"),
        steps: steps.map((id) => ({ id, label: t(`replication.wizard.step.${id}`) })),
        current: step,
        reached,
        onGo: (to) => (to <= step ? go(to) : void next()),
        "data-testid": "wizard-stepper",
      }}
      heading={t(`replication.wizard.heading.${name}`)}
      headingRef={heading}
      contentRef={content}
      onSubmit={() => {
        if (name === "review") review.start();
        else if (!checking) void next();
      }}
      data-testid="page-rule-wizard"
      contentTestId={`wizard-step-${name}`}
      above={<PlanConsent review={review} />}
      footer={
        <>
          <Button variant="ghost" onClick={leave} data-testid="wizard-cancel">
            {t("common.cancel")}
          </Button>
          <Spread />
          <Button disabled={step === 0} onClick={() => go(step - 1)} data-testid="wizard-back">
            {t("common.back")}
          </Button>
          {name === "review" ? (
            <Button
              type="submit"
              variant="primary"
              disabled={!review.ready}
              busy={review.busy}
              data-testid="wizard-submit"
            >
              {t(rule ? "replication.wizard.submitEdit" : "replication.wizard.submit")}
            </Button>
          ) : (
            <Button type="submit" variant="primary" busy={checking} data-testid="wizard-next">
              {t("common.next")}
            </Button>
          )}
        </>
      }
    >
      <LeaveGuard
        dirty={dirty}
        onLeave={leave}
        title={t("replication.wizard.leave")}
        text={t("replication.wizard.leaveText")}
        action={t("replication.wizard.leaveAction")}
      />
      {name === "destinations" && (
        <DestinationsStep
          registry={registry}
          form={form}
          onChange={setForm}
          preview={preview}
          attempted={attempted.has(0)}
          editing={Boolean(rule)}
          onEngine={engine}
        />
      )}
      {name === "filters" && (
        <FiltersStep
          form={form}
          onChange={setForm}
          preview={preview}
          attempted={attempted.has(1)}
          deletes={start.deleteReplication}
          onEngine={engine}
        />
      )}
      {name === "other-side" && (
        <OtherSideStep
          form={form}
          onChange={setForm}
          sides={sides}
          sources={[...new Set([registry, ...form.also].map((each) => each.account))]}
          prefixes={input.filters}
        />
      )}
      {name === "review" && <ReviewStep input={input} preview={preview.data} review={review} sides={sides} />}
      {refused !== null && <ErrorState error={refused} compact />}
    </WizardFrame>
  );
}

function Header({ registry, editing }: { registry: RegistryKey; editing: boolean }) {
  const { t } = useTranslation();
  return (
    <PageHeader
      title={
        <>
          {t(editing ? "replication.wizard.editTitle" : "replication.wizard.title")}
          <SpaceBadge space={registry.space} registries={[registry]} />
        </>
      }
      subtitle={
        <>
          {t("replication.wizard.of")} <RegistryName registry={registry} />
        </>
      }
    />
  );
}
