import { t } from "../i18n";
import styles from "./Tags.module.css";

const SHOWN = 3;

/** The room of the narrowest list, and what is drawn in it, in CSS pixels. */
const ROOM = 144;
const GAP = 4;
const COUNT = 26;
const LETTER = 6;
const FRAME = 14;
const LEAST = 28;
/** The first tag is always drawn; a long one is cut. */
const FIRST = 50;

const widthOf = (tag: string) => Math.max(LEAST, FRAME + LETTER * tag.length);

/** How many of the first tags have room beside each other; only the first of them may be cut. */
function shownTags(tags: readonly string[]): number {
  const [first = "", ...others] = tags;
  let used = Math.min(FIRST, widthOf(first));
  let shown = 1;
  for (const tag of others.slice(0, SHOWN - 1)) {
    used += GAP + widthOf(tag);
    const rest = tags.length > shown + 1 ? GAP + COUNT : 0;
    if (used + rest > ROOM) break;
    shown += 1;
  }
  return shown;
}

/** The first tags of an image on one line, as many as can be read, and how many more there are. */
export function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return <span className={styles.faint}>{t("images.detail.untagged")}</span>;
  const shown = shownTags(tags);
  return (
    <span className={styles.tags} title={tags.join("  ")}>
      {tags.slice(0, shown).map((tag) => (
        <span key={tag} className={styles.tag} data-testid={`tag-${tag}`}>
          {tag}
        </span>
      ))}
      {tags.length > shown && (
        <span className={styles.moreTags} data-testid="more-tags">
          {t("images.detail.more", { count: tags.length - shown })}
        </span>
      )}
    </span>
  );
}
