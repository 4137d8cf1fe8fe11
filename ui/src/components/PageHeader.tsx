import type { ReactNode } from "react";
import styles from "./PageHeader.module.css";

/** A page's name, its subject, and its actions. */
export function PageHeader({
  title,
  subtitle,
  actions,
}: {
  title: ReactNode;
  subtitle?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className={styles.header}>
      <div className={styles.text}>
        <h1 className={styles.title}>{title}</h1>
        {subtitle && <div className={styles.subtitle}>{subtitle}</div>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

/** A page: its header and its scrolling content. With `fill`, a grid fills the height instead. */
export function Page({
  name,
  header,
  fill,
  children,
}: {
  name: string;
  header: ReactNode;
  fill?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={styles.page} data-testid={`page-${name}`}>
      {header}
      <div className={fill ? styles.fill : styles.scroll}>{children}</div>
    </div>
  );
}
