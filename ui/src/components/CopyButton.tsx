import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "../i18n";
import { copyText } from "../platform";
import { Button, IconButton } from "./Button";
import { showToast } from "./Toaster";

/** Copies a text and confirms it. With `label` it is a button with text, otherwise an icon. */
export function CopyButton({
  text,
  name,
  label,
  "data-testid": testId,
}: {
  text: string;
  /** The kind of text, for the accessible name: *Copy digest*. */
  name: string;
  label?: string;
  "data-testid"?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    if (await copyText(text)) setCopied(true);
    else showToast({ kind: "error", title: t("common.copyRefused") });
  };
  const icon = copied ? <Check /> : <Copy />;
  const accessible = copied ? t("common.copied") : t("common.copyWhat", { what: name });
  return label ? (
    // The name begins with the text that is seen, so that it can be spoken.
    <Button
      size="small"
      icon={icon}
      onClick={copy}
      aria-label={copied ? accessible : `${label}: ${accessible}`}
      data-testid={testId}
    >
      {copied ? accessible : label}
    </Button>
  ) : (
    <IconButton label={accessible} icon={icon} onClick={copy} data-testid={testId} />
  );
}
