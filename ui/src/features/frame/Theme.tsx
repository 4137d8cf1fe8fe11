import { useEffect } from "react";
import { useSettings } from "./queries";

/** Applies the chosen colour scheme to the document; without a choice, the desktop's own. */
export function Theme() {
  const { data } = useSettings();
  const theme = data?.theme ?? "system";
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return null;
}
