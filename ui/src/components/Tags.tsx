import { t } from "../i18n";
import styles from "./Tags.module.css";

const SHOWN = 3;

/** The first tags of an image on one line, each cut by itself, and how many more there are. */
export function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return <span className={styles.faint}>{t("images.detail.untagged")}</span>;
  return (
    <span className={styles.tags} title={tags.join("  ")}>
      {tags.slice(0, SHOWN).map((tag) => (
        <span key={tag} className={styles.tag} data-testid={`tag-${tag}`}>
          {tag}
        </span>
      ))}
      {tags.length > SHOWN && (
        <span className={styles.moreTags} data-testid="more-tags">
          {t("images.detail.more", { count: tags.length - SHOWN })}
        </span>
      )}
    </span>
  );
}
