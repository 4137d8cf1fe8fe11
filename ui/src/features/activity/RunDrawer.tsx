import { ChevronDown, ChevronUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ProgressBar } from "../../components/ProgressBar";
import { useActiveRuns } from "../events/AppEvents";
import { useRunDrawerState } from "../frame/runDrawer";
import styles from "./RunDrawer.module.css";

/** What runs, at the bottom of every screen. */
export function RunDrawer() {
  const { t } = useTranslation();
  const { open, show, hide } = useRunDrawerState();
  const runs = useActiveRuns();
  return (
    <section className={styles.drawer} aria-label={t("activity.drawer")} data-testid="run-drawer">
      <button
        type="button"
        className={styles.bar}
        aria-expanded={open}
        onClick={() => (open ? hide() : show())}
        data-testid="run-drawer-toggle"
      >
        {open ? <ChevronDown aria-hidden="true" /> : <ChevronUp aria-hidden="true" />}
        {t("activity.running", { count: runs.length })}
      </button>
      {open && (
        <ul className={styles.list}>
          {runs.map((run) => (
            <li key={run.id} className={styles.run}>
              <span>{run.title}</span>
              <ProgressBar label={run.title} value={run.bytesMoved} total={run.bytesTotal} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
