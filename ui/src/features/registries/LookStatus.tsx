import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { visible } from "../../components/hidden";
import { ErrorState } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Registries.module.css";
import type { Look } from "./useLook";

/** The button that reads registries, how far the read is, and what could not be read. */
export function LookStatus({
  look,
  onLook,
  disabled,
}: {
  look: Look;
  onLook: () => void;
  disabled?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <>
      <div className={styles.row}>
        <Button
          variant="primary"
          icon={<RefreshCw />}
          busy={look.progress !== null}
          disabled={disabled}
          onClick={onLook}
          data-testid="look"
        >
          {t("registries.look")}
        </Button>
        <span role="status" className={styles.muted} data-testid="look-progress">
          {look.progress && t("registries.progress", look.progress)}
        </span>
      </div>
      {look.error !== null && look.error !== undefined && <ErrorState error={look.error} compact />}
      {look.problems.map(({ registry, error }) => (
        <div key={registryId(registry)} data-testid="look-problem">
          <Notice severity="warning">
            <RegistryName registry={registry} /> {visible(error.message)} {error.hint && visible(error.hint)}
          </Notice>
        </div>
      ))}
    </>
  );
}
