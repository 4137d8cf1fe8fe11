import type { ReactNode } from "react";
import type { UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Account } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { AccountFields } from "./AccountFields";
import { type AccountForm, showFieldError } from "./accountForm";

/** The change that a dialog makes: the application's error is shown at its field, or below the form. */
export interface AccountChange<Request> {
  mutateAsync: (request: Request) => Promise<Account>;
  error: unknown;
  reset: () => void;
}

/** Asks for an account's settings and saves them. */
export function AccountDialog<Values extends AccountForm, Request>({
  name,
  badge,
  title,
  description,
  action,
  form,
  fixedId = false,
  change,
  request,
  regions,
  onClose,
  children,
}: {
  /** For tests: `dialog-<name>` and `<name>-submit`. */
  name: string;
  badge: ReactNode;
  title: string;
  description?: string;
  /** The button's text. */
  action: string;
  form: UseFormReturn<Values>;
  fixedId?: boolean;
  change: AccountChange<Request>;
  request: (values: Values) => Request;
  /** Shown below the field of the Regions. */
  regions?: ReactNode;
  onClose: () => void;
  /** Shown below the fields that every account has. */
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const submit = form.handleSubmit(async (values) => {
    try {
      await change.mutateAsync(request(values));
    } catch (error) {
      if (showFieldError(form, error)) change.reset();
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={description}
      badge={badge}
      onSubmit={() => void submit()}
      data-testid={`dialog-${name}`}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={form.formState.isSubmitting}
            data-testid={`${name}-submit`}
          >
            {action}
          </Button>
        </>
      }
    >
      <AccountFields
        form={form as unknown as UseFormReturn<AccountForm>}
        fixedId={fixedId}
        regions={regions}
      />
      {children}
      {change.error !== null && <ErrorState error={change.error} compact />}
    </Dialog>
  );
}
