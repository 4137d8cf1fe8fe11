import { useTranslation } from "react-i18next";
import type { EngineRuleInput, Space } from "../../api/types";
import { CodeBlock } from "../../components/CodeBlock";
import { Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import { PlanReview } from "../plans/PlanReview";
import type { PlanReviewState } from "../plans/usePlanReview";
import { Driver } from "./Driver";
import { SelectionPreview } from "./SelectionPreview";
import type { CheckedRule } from "./useCheckedRule";
import styles from "./Wizard.module.css";

/** The rule in words and as YAML, its preview, and the changes to the stored rule. */
export function EngineReview({
  space,
  input,
  checked,
  review,
  onNative,
}: {
  space: Space;
  input: EngineRuleInput;
  checked: CheckedRule;
  review: PlanReviewState;
  onNative: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const { data } = checked;
  const shown = review.plan?.steps.some((step) => step.diff.length > 0);
  return (
    <>
      {data && data.sentences.length > 0 && (
        <div>
          {data.sentences.map((sentence, index) => (
            <p
              key={sentence}
              className={index === 0 ? styles.sentence : styles.muted}
              data-testid="engine-sentence"
            >
              <Prose text={sentence} />
            </p>
          ))}
        </div>
      )}
      {data?.driver && <Driver driver={data.driver} onNative={onNative} />}
      <PlanReview review={review} />
      {!shown && data?.yaml && (
        <CodeBlock
          name={t("engine.wizard.yamlLabel")}
          file={"rule.yaml"}
          text={data.yaml}
          maxHeight={360}
          data-testid="engine-review-yaml"
        />
      )}
      <SelectionPreview space={space} rule={input} />
      <Notice>{t("engine.wizard.unseen")}</Notice>
    </>
  );
}
