import type { ReactNode } from "react";
import styles from "./Card.module.css";
import { cx } from "./cx";

/** A framed part of a page, with a heading if it needs one. */
export function Card({
  title,
  actions,
  flush,
  children,
  "data-testid": testId,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  /** No padding, for grids and lists that draw their own. */
  flush?: boolean;
  children: ReactNode;
  "data-testid"?: string;
}) {
  return (
    <section className={styles.card} data-testid={testId}>
      {(title || actions) && (
        <header className={styles.header}>
          <h2 className={styles.title}>{title}</h2>
          {actions && <div className={styles.actions}>{actions}</div>}
        </header>
      )}
      <div className={cx(styles.body, flush && styles.flush)}>{children}</div>
    </section>
  );
}

/** A list of names and values. */
export function Facts({ facts }: { facts: readonly { name: string; value: ReactNode }[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map((fact) => (
        <div key={fact.name} className={styles.fact}>
          <dt>{fact.name}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
