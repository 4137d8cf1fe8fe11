import { useTranslation } from "react-i18next";
import type { Space } from "../../../api/types";
import styles from "./Approvals.module.css";
import { Keys } from "./Keys";
import { OpenRequestButton } from "./OpenRequest";

/** Requests of other people, and the keys with which people approve. */
export function ApprovalsView({ space }: { space: Space }) {
  const { t } = useTranslation();
  return (
    <div className={styles.page}>
      <p className={styles.muted}>{t("approvals.about")}</p>
      <div>
        <OpenRequestButton space={space} />
      </div>
      <Keys space={space} />
    </div>
  );
}
