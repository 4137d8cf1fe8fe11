import styles from "./Spinner.module.css";

/** Shows that something is in progress. Decorative: the element around it says what. */
export function Spinner() {
  return <span className={styles.spinner} aria-hidden="true" />;
}
