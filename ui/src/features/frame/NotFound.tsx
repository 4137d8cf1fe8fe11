import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../../components/States";

/** An unknown address. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState title={t("frame.notFound")} actions={<Link to="/overview">{t("frame.toOverview")}</Link>} />
  );
}
