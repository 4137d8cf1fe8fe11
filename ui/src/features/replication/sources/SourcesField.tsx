import { ListPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../../api/keys";
import type { RegistryKey } from "../../../api/types";
import { Button } from "../../../components/Button";
import { RegistryName } from "../../frame/RegistryName";
import { useScope } from "../../frame/scope";
import { isSame } from "./grid";
import { SourceGrid } from "./SourceGrid";
import styles from "./Sources.module.css";

/** The most sources that are named while the grid is closed. */
const NAMED = 6;

/** The registries that get the rule: that of the page, and further ones. */
export function SourcesField({
  registry,
  also,
  onChange,
}: {
  registry: RegistryKey;
  also: readonly RegistryKey[];
  onChange: (also: RegistryKey[]) => void;
}) {
  const { t } = useTranslation();
  const { accounts, space } = useScope();
  const [open, setOpen] = useState(false);
  const all = [registry, ...also];
  const there = accounts.reduce((sum, account) => sum + account.regions.length, 0);
  if (there < 2 || space !== registry.space) return null;
  return (
    <fieldset className={styles.sources} data-testid="rule-sources">
      <legend className={styles.legend}>{t("replication.wizard.sources.title")}</legend>
      <div className={styles.chosen}>
        {all.slice(0, NAMED).map((each) => (
          <span key={registryId(each)} className={styles.chip}>
            <RegistryName registry={each} />
          </span>
        ))}
        {all.length > NAMED && (
          <span className={styles.muted}>
            {t("replication.wizard.sources.more", { count: all.length - NAMED })}
          </span>
        )}
        <Button
          size="small"
          icon={<ListPlus />}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="sources-open"
        >
          {t(open ? "replication.wizard.sources.close" : "replication.wizard.sources.open")}
        </Button>
      </div>
      {also.length > 0 && (
        <p className={styles.muted} role="status" data-testid="sources-count">
          {t("replication.wizard.sources.count", { count: all.length })}
        </p>
      )}
      {open && (
        <SourceGrid
          accounts={accounts}
          first={registry}
          chosen={all}
          onChange={(chosen) => onChange(chosen.filter((each) => !isSame(each, registry)))}
        />
      )}
    </fieldset>
  );
}
