import { useEffect } from "react";
import { useSettings } from "./queries";

/** Puts the chosen colour scheme on the document; the desktop's own when none is chosen. */
export function Theme() {
  const { data } = useSettings();
  const theme = data?.theme ?? "system";
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return null;
}
