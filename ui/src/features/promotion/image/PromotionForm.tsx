import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../components/Button";
import { Card } from "../../../components/Card";
import { ErrorState } from "../../../components/States";
import { usePlanForm } from "../../plans/usePlanForm";
import { RunDetail } from "../../runs/RunDetail";
import { type Destination, DestinationFields, FIELDS, promoteRequest } from "./DestinationFields";
import { type ChosenImage, ImageChooser } from "./ImageChooser";
import styles from "./Promotion.module.css";

/** Image and destination on one page; the plan is reviewed as usual, and its run is shown here. */
export function PromotionForm({ start }: { start: ChosenImage }) {
  const { t } = useTranslation();
  const [image, setImage] = useState(start);
  const [to, setTo] = useState<Destination>({
    registry: start.registry,
    repository: "",
    tag: start.tag ?? "",
  });
  const [started, setStarted] = useState<string | null>(null);
  const form = usePlanForm(FIELDS, undefined, setStarted);
  const request = promoteRequest(image, to);
  return (
    <div className={styles.page}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (request && !form.busy) form.submit(request);
        }}
      >
        <div className={styles.halves}>
          <Card title={t("promotion.image")}>
            <ImageChooser
              value={image}
              onChange={(next) => {
                setImage(next);
                // A tag that was not typed follows the image.
                if (to.tag === (image.tag ?? "")) setTo({ ...to, tag: next.tag ?? "" });
              }}
            />
          </Card>
          <Card title={t("promotion.destination")}>
            <DestinationFields value={to} onChange={setTo} errorAt={form.errorAt} />
            {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
            <div className={styles.buttons}>
              <Button
                type="submit"
                variant="primary"
                disabled={!request}
                busy={form.busy}
                data-testid="promote-plan"
              >
                {t("plans.review")}
              </Button>
            </div>
          </Card>
        </div>
      </form>
      {started && (
        <Card title={t("promotion.running")} data-testid="promote-result">
          <RunDetail key={started} id={started} onFollow={setStarted} />
        </Card>
      )}
    </div>
  );
}
