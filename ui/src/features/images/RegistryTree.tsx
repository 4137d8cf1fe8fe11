import { Layers, ShieldAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ColourDot } from "../../components/Badge";
import { cx } from "../../components/cx";
import { useScope } from "../frame/scope";
import styles from "./RegistryTree.module.css";

/** Accounts and their Regions; choosing one limits the window to it, like the scope switch. */
export function RegistryTree() {
  const { t } = useTranslation();
  const { accounts, account, region, set } = useScope();
  return (
    <nav className={styles.tree} aria-label={t("images.tree")} data-testid="registry-tree">
      <Entry current={account === null && region === null} onChoose={() => set(null, null)} testId="tree-all">
        <Layers aria-hidden="true" />
        {t("images.all")}
      </Entry>
      <ul>
        {accounts.map((each) => (
          <li key={each.id}>
            <Entry
              current={account === each.id && region === null}
              onChoose={() => set(each.id, null)}
              testId={`tree-${each.id}`}
              title={each.id}
            >
              <ColourDot colour={each.colour} />
              <span className={styles.name}>{each.name}</span>
              {each.environment === "production" && (
                <ShieldAlert className={styles.guard} aria-label={t("common.environment.production")} />
              )}
            </Entry>
            <ul>
              {each.regions.map((name) => (
                <li key={name}>
                  <Entry
                    nested
                    current={account === each.id && region === name}
                    onChoose={() => set(each.id, name)}
                    testId={`tree-${each.id}-${name}`}
                  >
                    <span className={styles.name}>{name}</span>
                  </Entry>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Entry({
  current,
  nested,
  onChoose,
  testId,
  title,
  children,
}: {
  current: boolean;
  nested?: boolean;
  onChoose: () => void;
  testId: string;
  title?: string;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      className={cx(styles.entry, nested && styles.nested, current && styles.current)}
      aria-current={current ? "true" : undefined}
      onClick={onChoose}
      title={title}
      data-testid={testId}
    >
      {children}
    </button>
  );
}
