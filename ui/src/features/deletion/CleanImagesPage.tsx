import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { CleanImages, RepositoryKey } from "../../api/types";
import { Button, IconButton } from "../../components/Button";
import { Page, PageHeader } from "../../components/PageHeader";
import { ErrorState, SkeletonLines } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import styles from "../lifecycle/Lifecycle.module.css";
import { usePlanForm } from "../plans/usePlanForm";
import { CleanForm } from "./CleanForm";
import { CleanPreview } from "./CleanPreview";
import { EMPTY, isEmpty, requestOf } from "./form";

/** Images of a repository that are deleted by rule: which, what protects them, and what becomes of them. */
export function CleanImagesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: "/images/clean" });
  const { space, account, region, repository } = search;
  const key = useMemo<RepositoryKey>(
    () => ({ registry: { space, account, region }, repository }),
    [space, account, region, repository],
  );
  const [form, setForm] = useState(EMPTY);
  const preview = useMutation({ mutationFn: (request: CleanImages) => api.previewCleanImages(request) });
  const plan = usePlanForm([], undefined);
  const request = requestOf(form, key);
  // What is shown is of the form as it is now.
  const shown = JSON.stringify(preview.variables) === JSON.stringify(request) ? preview.data : undefined;
  const [cleaned] = shown?.repositories ?? [];
  return (
    <Page
      name="clean-images"
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={repository}
                icon={<ChevronLeft />}
                onClick={() => void navigate({ to: "/images/repository", search })}
                data-testid="back-to-repository"
              />
              {t("deletion.title")}
            </>
          }
          subtitle={
            <>
              <RegistryName registry={key.registry} />
              <code>{repository}</code>
            </>
          }
        />
      }
    >
      <div className={styles.halves}>
        <div className={styles.stack}>
          <CleanForm form={form} onChange={setForm} />
          <div className={styles.wrap}>
            <Button
              busy={preview.isPending}
              disabled={isEmpty(form)}
              onClick={() => preview.mutate(request)}
              data-testid="clean-show"
            >
              {t("deletion.show")}
            </Button>
            <Button
              variant="primary"
              busy={plan.busy}
              disabled={!cleaned || cleaned.deleted === 0}
              onClick={() => plan.submit({ change: "cleanImages", clean: request })}
              data-testid="clean-review"
            >
              {t("deletion.review")}
            </Button>
          </div>
          {plan.error !== null && plan.error !== undefined && <ErrorState error={plan.error} compact />}
        </div>
        <section className={styles.stack} aria-label={t("deletion.preview")} aria-busy={preview.isPending}>
          <h2 className={styles.heading}>{t("deletion.preview")}</h2>
          {preview.isPending ? (
            <SkeletonLines lines={4} />
          ) : preview.error ? (
            <ErrorState error={preview.error} compact onRetry={() => preview.mutate(request)} />
          ) : cleaned ? (
            <CleanPreview cleaned={cleaned} way={form.way} onProtected={() => preview.mutate(request)} />
          ) : (
            <>
              <p className={styles.muted}>{t("deletion.before")}</p>
              <p className={styles.faint}>{t("deletion.pull")}</p>
            </>
          )}
        </section>
      </div>
    </Page>
  );
}
