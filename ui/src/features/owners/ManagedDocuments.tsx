import { useTranslation } from "react-i18next";
import type { ManagedDocument } from "../../api/types";
import { CodeBlock } from "../../components/CodeBlock";
import { visible } from "../../components/hidden";
import styles from "./Owners.module.css";

/** What the owners of documents have to change: a patch, and the whole document in their format. */
export function ManagedDocuments({ managed }: { managed: readonly ManagedDocument[] }) {
  return managed.map((one) => <Patch key={one.label} managed={one} />);
}

function Patch({ managed: { label, fileName, diff, snippets } }: { managed: ManagedDocument }) {
  const { t } = useTranslation();
  const document = visible(label);
  return (
    <section className={styles.patch} data-testid="managed" data-document={label}>
      <h3 className={styles.title}>{t("owners.patch.title", { document })}</h3>
      <p>{t("owners.patch.text")}</p>
      <CodeBlock
        name={t("owners.patch.diff", { document })}
        file={fileName}
        text={diff}
        maxHeight={280}
        data-testid="managed-diff"
      />
      {snippets.map(({ format, text, refusal }) =>
        text === null ? (
          <p key={format}>{refusal && visible(refusal)}</p>
        ) : (
          <CodeBlock
            key={format}
            name={t("owners.patch.snippet", {
              document,
              format: t(`owners.patch.formats.${format}`),
            })}
            text={text}
            maxHeight={280}
            data-testid={`managed-${format}`}
          />
        ),
      )}
    </section>
  );
}
