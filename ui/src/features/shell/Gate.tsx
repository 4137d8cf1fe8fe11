import { useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ErrorState } from "../../components/States";
import { useStatus } from "../frame/queries";
import { WelcomePage } from "../welcome/WelcomePage";
import { AppFrame } from "./AppFrame";
import styles from "./Gate.module.css";

/** Shows the first-start page until an account is known, then the frame. */
export function Gate() {
  const { t } = useTranslation();
  const status = useStatus();
  const { pathname } = useLocation();
  if (status.error && !status.data) {
    return (
      <main className={styles.centre}>
        <ErrorState error={status.error} onRetry={() => void status.refetch()} />
      </main>
    );
  }
  if (!status.data) {
    return (
      <main className={styles.centre} role="status">
        {t("frame.starting")}
      </main>
    );
  }
  // Settings are where accounts are connected, so they open before there is one.
  if (!status.data.configured && pathname !== "/settings") return <WelcomePage />;
  return <AppFrame />;
}
