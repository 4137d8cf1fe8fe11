import { useNavigate } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import styles from "./Backfill.module.css";
import { BackfillDialog } from "./BackfillDialog";

/** The ways to copy the images that were there before a rule, and to see how far this is. */
export function BringOver({
  registry,
  destinations,
  prefixes,
}: {
  registry: RegistryKey;
  destinations: readonly RegistryKey[];
  prefixes: readonly string[];
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const { account, region } = registry;
  return (
    <div className={styles.actions}>
      <Button size="small" icon={<History />} onClick={() => setOpen(true)} data-testid="bring-over">
        {t("backfill.bring")}
      </Button>
      <Button
        size="small"
        variant="ghost"
        onClick={() => void navigate({ to: "/replication", search: { account, region, tab: "backfills" } })}
        data-testid="view-backfills"
      >
        {t("backfill.view")}
      </Button>
      {open && (
        <BackfillDialog
          registry={registry}
          destinations={destinations}
          prefixes={prefixes}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
