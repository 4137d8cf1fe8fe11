import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { ErrorState } from "../../components/States";
import { lacksKeychain } from "./keys";

/** Whether a key is kept for this session only. */
export function SessionOnlyField({
  value,
  onChange,
}: {
  value: boolean;
  onChange: (sessionOnly: boolean) => void;
}) {
  const { t } = useTranslation();
  return (
    <Checkbox
      label={t("signin.key.sessionOnly")}
      hint={t("signin.key.sessionOnlyHint")}
      checked={value}
      onChange={onChange}
      data-testid="key-session-only"
    />
  );
}

/** Why a key was not taken. Without a keychain, it can be kept for this session. */
export function KeyError({ error, onForNow }: { error: unknown; onForNow: () => void }) {
  const { t } = useTranslation();
  return (
    <ErrorState
      error={error}
      compact
      actions={
        lacksKeychain(error) && (
          <Button
            size="small"
            onClick={onForNow}
            title={t("signin.key.sessionOnlyHint")}
            data-testid="key-for-now"
          >
            {t("signin.keep")}
          </Button>
        )
      }
    />
  );
}
