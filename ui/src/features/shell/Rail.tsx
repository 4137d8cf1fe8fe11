import { Link } from "@tanstack/react-router";
import {
  Activity,
  ArrowUpFromLine,
  Boxes,
  Coins,
  Columns3,
  LayoutDashboard,
  RefreshCcwDot,
  ScrollText,
  Settings,
  ShieldCheck,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import styles from "./Rail.module.css";

const entries = [
  { name: "overview", to: "/overview", icon: LayoutDashboard },
  { name: "images", to: "/images", icon: Boxes },
  { name: "compare", to: "/compare", icon: Columns3 },
  { name: "replication", to: "/replication", icon: RefreshCcwDot },
  { name: "promotion", to: "/promotion", icon: ArrowUpFromLine },
  { name: "permissions", to: "/permissions", icon: ShieldCheck },
  { name: "policies", to: "/policies", icon: ScrollText },
  { name: "cost", to: "/cost", icon: Coins },
  { name: "activity", to: "/activity", icon: Activity },
  { name: "settings", to: "/settings", icon: Settings },
] as const;

/** The main navigation. In a narrow window only its icons are left. */
export function Rail() {
  const { t } = useTranslation();
  return (
    <nav className={styles.rail} aria-label={t("frame.navigation")}>
      {entries.map(({ name, to, icon: Icon }) => (
        <Link
          key={name}
          to={to}
          className={styles.entry}
          activeProps={{ className: styles.active, "aria-current": "page" }}
          title={t(`frame.nav.${name}`)}
          data-testid={`nav-${name}`}
        >
          <Icon aria-hidden="true" />
          <span className={styles.label}>{t(`frame.nav.${name}`)}</span>
        </Link>
      ))}
    </nav>
  );
}
