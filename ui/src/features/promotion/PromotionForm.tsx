import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { PlanRequest, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { Checkbox } from "../../components/Checkbox";
import { Unread } from "../../components/States";
import { TextField } from "../../components/TextField";
import { RegistryPicker } from "../frame/RegistryPicker";
import { PlanReview } from "../runs/PlanReview";
import { RunDetail } from "../runs/RunDetail";
import { usePlan } from "../runs/usePlan";
import { usePlanRun } from "../runs/usePlanRun";
import { type ChosenImage, ImageChooser } from "./ImageChooser";
import styles from "./Promotion.module.css";

/** The destination of a promotion. */
interface Destination {
  registry: RegistryKey;
  repository: string;
  tag: string;
  create: boolean;
  mount: boolean;
}

/** Image, destination, plan and run on one page. */
export function PromotionForm({ start }: { start: ChosenImage }) {
  const { t } = useTranslation();
  const [image, setImage] = useState(start);
  const [to, setTo] = useState<Destination>({
    registry: start.registry,
    repository: "",
    tag: start.tag ?? "",
    create: false,
    mount: false,
  });
  const [request, setRequest] = useState<PlanRequest | null>(null);
  const [started, setStarted] = useState<string | null>(null);
  const planned = usePlan(started ? null : request);
  const plan = planned.isFetching ? undefined : planned.data;
  const run = usePlanRun(plan, setStarted);
  const settings = useQuery({
    queryKey: keys.registrySettings(to.registry),
    queryFn: () => api.registrySettings(to.registry),
  });
  const shown = useRef<HTMLDivElement>(null);
  const planId = plan?.id;
  useEffect(() => {
    // The plan may be out of view.
    if (planId) shown.current?.scrollIntoView?.({ block: "start", behavior: "smooth" });
  }, [planId]);
  const ready = image.repository !== null && image.digest !== null && to.repository.trim() && to.tag.trim();
  // A plan is valid only for the entries that it was made from.
  const change = (next: Partial<Destination>) => {
    setTo({ ...to, ...next });
    setRequest(null);
    setStarted(null);
  };
  const makeRequest = (mount = to.mount): PlanRequest | null =>
    image.repository === null || image.digest === null
      ? null
      : {
          change: "promote",
          source: {
            repository: { registry: image.registry, repository: image.repository },
            digest: image.digest,
          },
          destination: to.registry,
          repository: to.repository.trim(),
          tag: to.tag.trim(),
          enableBlobMounting: mount,
          createRepository: to.create,
        };
  const refused = planned.error && !planned.isFetching ? toApiError(planned.error) : null;
  const errorAt = (field: string) => {
    const found = plan?.findings.find((each) => each.severity === "error" && each.field === field);
    return refused?.field === field ? refused.message : found?.text;
  };
  const couldMount =
    plan?.findings.some((finding) => finding.code === "blob-mounting-off") ||
    settings.data?.blobMounting === false;
  return (
    <div className={styles.page}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          setStarted(null);
          const next = makeRequest();
          if (request && JSON.stringify(request) === JSON.stringify(next)) void planned.refetch();
          else setRequest(next);
        }}
      >
        <div className={styles.halves}>
          <Card title={t("promotion.image")}>
            <ImageChooser
              value={image}
              onChange={(next) => {
                setImage(next);
                setTo({ ...to, tag: to.tag === (image.tag ?? "") ? (next.tag ?? "") : to.tag });
                setRequest(null);
                setStarted(null);
              }}
            />
          </Card>
          <Card title={t("promotion.destination")}>
            <RegistryPicker
              all
              label={t("promotion.registry")}
              value={to.registry}
              onChange={(registry) => change({ registry, mount: false })}
              data-testid="promote-registry"
            />
            <TextField
              label={t("promotion.repository")}
              value={to.repository}
              onChange={(event) => change({ repository: event.target.value })}
              error={errorAt("repository")}
              mono
              data-testid="promote-repository"
            />
            <TextField
              label={t("promotion.tag")}
              value={to.tag}
              onChange={(event) => change({ tag: event.target.value })}
              error={errorAt("tag")}
              mono
              data-testid="promote-tag"
            />
            <Checkbox
              label={t("promotion.create")}
              checked={to.create}
              onChange={(create) => change({ create })}
              data-testid="promote-create"
            />
            <Unread read={settings} />
            {couldMount && (
              <Checkbox
                label={t("promotion.mount")}
                hint={t("promotion.mountHint")}
                checked={to.mount}
                onChange={(mount) => {
                  setTo({ ...to, mount });
                  // Accepting a plan's offer makes a new plan immediately.
                  if (request && !started) setRequest(makeRequest(mount));
                }}
                data-testid="promote-mount"
              />
            )}
            <div className={styles.buttons}>
              <Button
                type="submit"
                variant={plan ? "secondary" : "primary"}
                disabled={!ready}
                busy={planned.isFetching}
                data-testid="promote-plan"
              >
                {t("promotion.plan")}
              </Button>
            </div>
          </Card>
        </div>
      </form>
      {/* Outside the form: Enter in a field of the plan does not plan again. */}
      <div ref={shown} />
      {request && !started && (
        <Card title={t("promotion.planTitle")} data-testid="promote-review">
          <PlanReview planned={planned} run={run} />
          {plan && (
            <div className={styles.buttons}>
              <Button
                variant="primary"
                disabled={!run.ready}
                busy={run.busy}
                onClick={run.start}
                data-testid="promote-run"
              >
                {t("promotion.run")}
              </Button>
            </div>
          )}
        </Card>
      )}
      {started && (
        <Card title={t("promotion.running")} data-testid="promote-result">
          <RunDetail key={started} id={started} onFollow={setStarted} />
        </Card>
      )}
    </div>
  );
}
