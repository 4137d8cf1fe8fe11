import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../../components/cx";
import { ErrorBoundary } from "../../components/ErrorBoundary";
import { Unread } from "../../components/States";
import { RunDrawer } from "../activity/RunDrawer";
import { placeText, usePlace } from "../frame/place";
import { useAccounts } from "../frame/queries";
import { useScope } from "../frame/scope";
import { GuardBar } from "../guard/GuardBar";
import { useGuard } from "../guard/queries";
import { PersonBar } from "../signin/PersonBar";
import styles from "./AppFrame.module.css";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

/** The frame around all screens: rail, top bar, run drawer, and the *sandbox* line. */
export function AppFrame() {
  const { t } = useTranslation();
  const { space, account } = useScope();
  const { pathname } = useLocation();
  // Every screen names accounts, so all of them need this.
  const accounts = useAccounts();
  const guard = useGuard();
  const place = usePlace(space, account === null ? [] : [{ account }]);
  const title = t("frame.windowTitle", { space: placeText(place, t) });
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div className={cx(styles.frame, space === "sandbox" && styles.sandbox)} data-space={space}>
      <button type="button" className={styles.skip} onClick={skip}>
        {t("frame.skip")}
      </button>
      <TopBar />
      <GuardBar />
      {pathname !== "/settings" && <PersonBar />}
      <div className={styles.middle}>
        <Rail />
        <main className={styles.main} id="content" tabIndex={-1}>
          <Unread read={accounts} />
          <Unread read={guard} />
          <ErrorBoundary key={pathname}>
            <Outlet />
          </ErrorBoundary>
        </main>
      </div>
      <RunDrawer />
    </div>
  );
}

function skip() {
  document.getElementById("content")?.focus();
}
