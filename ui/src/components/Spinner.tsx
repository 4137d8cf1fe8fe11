import styles from "./Spinner.module.css";

/** Says that something is under way. Decorative: the element around it says what. */
export function Spinner() {
  return <span className={styles.spinner} aria-hidden="true" />;
}
