import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey, Space } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { SpaceBadge } from "../frame/SpaceBadge";
import type { PlanForm } from "./usePlanForm";

/** A dialog that asks for a plan's input; its button leads to the review. */
export function PlanFormDialog({
  form,
  title,
  description,
  space,
  registries,
  onSubmit,
  onClose,
  ready = true,
  action,
  children,
  "data-testid": testId,
}: {
  form: PlanForm;
  title: string;
  description?: string;
  space: Space;
  /** The registries that the change is about, as far as they are chosen. */
  registries: readonly RegistryKey[];
  onSubmit: () => void;
  onClose: () => void;
  /** Whether enough has been entered to create a plan. */
  ready?: boolean;
  /** The text of its button, if that leads somewhere else. */
  action?: string | undefined;
  children: ReactNode;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={!form.reviewing}
      onClose={onClose}
      title={title}
      description={description}
      badge={<SpaceBadge space={space} registries={registries} />}
      onSubmit={() => {
        if (ready && !form.busy) onSubmit();
      }}
      data-testid={testId}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={form.busy}
            disabled={!ready}
            data-testid={`${testId}-review`}
          >
            {action ?? t("plans.review")}
          </Button>
        </>
      }
    >
      {children}
      {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
    </Dialog>
  );
}
