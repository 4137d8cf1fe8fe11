import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CleanUpCandidates, CleanUpRepository } from "../../api/types";
import { Button } from "../../components/Button";
import { Spread, WizardFrame } from "../../components/WizardFrame";
import { hasEnded } from "../events/applyEvent";
import { PlanConsent, PlanReview } from "../plans/PlanReview";
import { usePlanReview } from "../plans/usePlanReview";
import { LeaveGuard } from "../runs/LeaveGuard";
import { useRun } from "../runs/queries";
import { RunDetail } from "../runs/RunDetail";
import { ChooseStep } from "./ChooseStep";
import { cleanUpRequest, preselected, type Selection } from "./selection";

/** Selects what to delete, shows the plan and runs it. The run can be stopped and repeated. */
export function CleanUpWizard({
  candidates,
  rule,
  onLooked,
  onLeave,
}: {
  candidates: CleanUpCandidates;
  rule: string | null;
  onLooked: (repository: CleanUpRepository) => void;
  onLeave: () => void;
}) {
  const { t } = useTranslation();
  const [start] = useState(() => preselected(candidates));
  const [selection, setSelection] = useState<Selection>(start);
  const [withRule, setWithRule] = useState(rule !== null);
  const [step, setStep] = useState<0 | 1>(0);
  const [started, setStarted] = useState<string | null>(null);
  const request = cleanUpRequest(candidates, withRule ? rule : null, selection);
  const review = usePlanReview(step === 1 && !started ? request : null, setStarted);
  const dirty = !started && (selection !== start || withRule !== (rule !== null));
  const empty = selection.size === 0 && !withRule;
  const position = started ? 2 : step;
  return (
    <WizardFrame
      stepper={{
        label: t("cleanup.steps"),
        steps: (["choose", "plan", "run"] as const).map((id) => ({ id, label: t(`cleanup.step.${id}`) })),
        current: position,
        reached: position,
        onGo: (to) => {
          if (!started && to === 0) setStep(0);
        },
        "data-testid": "cleanup-stepper",
      }}
      {...(step === 1 && !started ? { heading: t("cleanup.step.plan"), reading: true } : {})}
      contentTestId={`cleanup-step-${["choose", "plan", "run"][position]}`}
      above={<PlanConsent review={review} />}
      footer={
        started ? (
          <AfterRun id={started} onLeave={onLeave} onAgain={() => setStarted(null)} />
        ) : (
          <>
            <Button variant="ghost" onClick={onLeave} data-testid="cleanup-cancel">
              {t("common.cancel")}
            </Button>
            <Spread />
            {step === 1 && (
              <Button onClick={() => setStep(0)} data-testid="cleanup-back">
                {t("common.back")}
              </Button>
            )}
            {step === 0 ? (
              <Button
                variant="primary"
                disabled={empty}
                onClick={() => setStep(1)}
                data-testid="cleanup-plan"
              >
                {t("cleanup.makePlan")}
              </Button>
            ) : (
              <Button
                variant="danger"
                disabled={!review.ready || review.plan?.steps.length === 0}
                busy={review.busy}
                onClick={review.start}
                data-testid="cleanup-run"
              >
                {t("cleanup.run")}
              </Button>
            )}
          </>
        )
      }
    >
      <LeaveGuard
        dirty={dirty}
        onLeave={onLeave}
        title={t("cleanup.leave")}
        text={t("cleanup.leaveText")}
        action={t("cleanup.leaveAction")}
      />
      {started ? (
        <RunDetail key={started} id={started} onFollow={setStarted} />
      ) : step === 0 ? (
        <ChooseStep
          candidates={candidates}
          selection={selection}
          onSelection={setSelection}
          onLooked={onLooked}
          rule={rule === null ? null : { chosen: withRule, onChoose: setWithRule }}
        />
      ) : (
        <PlanReview review={review} />
      )}
    </WizardFrame>
  );
}

// A clean-up that was stopped or failed is planned again from the remaining items.
function AfterRun({ id, onLeave, onAgain }: { id: string; onLeave: () => void; onAgain: () => void }) {
  const { t } = useTranslation();
  const { data: run } = useRun(id);
  const ended = run ? hasEnded(run.state) : false;
  const good = run?.state === "done" || run?.state === "skipped";
  return (
    <>
      <Spread />
      {ended && !good && (
        <Button onClick={onAgain} data-testid="cleanup-again">
          {t("cleanup.again")}
        </Button>
      )}
      <Button variant={good ? "primary" : "secondary"} onClick={onLeave} data-testid="cleanup-finish">
        {t("cleanup.finish")}
      </Button>
    </>
  );
}
