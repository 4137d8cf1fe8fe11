import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import styles from "./ImagePanel.module.css";

const SHOWN = 12;

/** The tags of an image; only the first of many, and all of them on demand. */
export function TagList({ tags }: { tags: readonly string[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const shown = all ? tags : tags.slice(0, SHOWN);
  return (
    <ul className={styles.tagList}>
      {shown.map((tag) => (
        <li key={tag}>
          <code>{tag}</code>
        </li>
      ))}
      {tags.length > SHOWN && (
        <li>
          <Button size="small" variant="ghost" onClick={() => setAll(!all)} data-testid="all-tags">
            {t(all ? "common.showLess" : "common.showAll", { count: tags.length })}
          </Button>
        </li>
      )}
    </ul>
  );
}
