import { ArrowDown, ArrowUp, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LifecycleSentence } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { Menu } from "../../components/Menu";
import { Prose } from "../../components/Prose";
import styles from "./Lifecycle.module.css";
import { RuleFields } from "./RuleFields";
import { added, moved, type Rule, TEMPLATES } from "./rules";

const TEMPLATE_NAMES = Object.keys(TEMPLATES) as (keyof typeof TEMPLATES)[];

/** The rules in the order in which ECR applies them, each in a sentence, and the ways to change them. */
export function RuleList({
  rules,
  sentences,
  onRules,
}: {
  rules: readonly Rule[];
  /** Of the same text; empty while it has errors. */
  sentences: readonly LifecycleSentence[];
  onRules: (rules: Rule[]) => void;
}) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<number | null>(null);
  return (
    <section className={styles.stack} aria-label={t("lifecycle.rules")}>
      {rules.length === 0 && <p className={styles.muted}>{t("lifecycle.noPolicy")}</p>}
      <ol className={styles.list}>
        {rules.map((rule, place) => {
          const priority = rule.rulePriority;
          const sentence = sentences.find((each) => each.priority === priority)?.text;
          return (
            <li key={priority} className={styles.item} data-testid={`lifecycle-rule-${priority}`}>
              <div className={styles.head}>
                <div className={styles.sentence}>
                  <Badge>{t("lifecycle.rule", { priority })}</Badge>{" "}
                  {sentence ? <Prose text={sentence} /> : rule.description}
                </div>
                <div className={styles.buttons}>
                  <IconButton
                    label={t("lifecycle.up", { priority })}
                    icon={<ArrowUp />}
                    disabled={place === 0}
                    onClick={() => {
                      setEdited(null);
                      onRules(moved(rules, place, -1));
                    }}
                    data-testid={`lifecycle-up-${priority}`}
                  />
                  <IconButton
                    label={t("lifecycle.down", { priority })}
                    icon={<ArrowDown />}
                    disabled={place === rules.length - 1}
                    onClick={() => {
                      setEdited(null);
                      onRules(moved(rules, place, 1));
                    }}
                    data-testid={`lifecycle-down-${priority}`}
                  />
                  <IconButton
                    label={t("lifecycle.edit", { priority })}
                    icon={<Pencil />}
                    aria-expanded={edited === priority}
                    onClick={() => setEdited(edited === priority ? null : priority)}
                    data-testid={`lifecycle-edit-${priority}`}
                  />
                  <IconButton
                    label={t("lifecycle.remove", { priority })}
                    icon={<Trash2 />}
                    onClick={() => onRules(rules.filter((each) => each !== rule))}
                    data-testid={`lifecycle-remove-${priority}`}
                  />
                </div>
              </div>
              {edited === priority && (
                <RuleFields
                  rule={rule}
                  onChange={(next) => onRules(rules.map((each) => (each === rule ? next : each)))}
                />
              )}
            </li>
          );
        })}
      </ol>
      <div>
        <Menu
          data-testid="lifecycle-add-menu"
          trigger={
            <Button icon={<Plus />} data-testid="lifecycle-add">
              {t("lifecycle.add")}
            </Button>
          }
          items={TEMPLATE_NAMES.map((name) => ({
            id: name,
            label: t(`lifecycle.templates.${name}`),
            onSelect: () => onRules(added(rules, TEMPLATES[name])),
          }))}
        />
      </div>
    </section>
  );
}
