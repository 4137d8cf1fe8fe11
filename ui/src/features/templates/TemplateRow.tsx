import { Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RegistryKey, TemplateView } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { visible } from "../../components/hidden";
import { ExportButton } from "../exporting/ExportButton";
import { OwnerBadge } from "../owners/OwnerBadge";
import { useReview } from "../plans/PlanProvider";
import styles from "./Templates.module.css";
import { ENCRYPTIONS, OCCASIONS } from "./templateForm";

const encryptionTexts = { AES256: "aes", KMS: "kms", KMS_DSSE: "kmsDsse" } as const;

/** A creation template: which repositories it is for, what it gives them, and the changes to it. */
export function TemplateRow({
  registry,
  template,
  onEdit,
}: {
  registry: RegistryKey;
  template: TemplateView;
  onEdit: () => void;
}) {
  const { t } = useTranslation();
  const review = useReview();
  const { prefix, description, appliedFor, mutability, encryption, customRoleArn } = template;
  const name = visible(prefix);
  const known = ENCRYPTIONS.find((each) => each === encryption);
  const occasions = appliedFor.map((each) => {
    const occasion = OCCASIONS.find((one) => one === each);
    return occasion ? t(`templates.dialog.appliedForOne.${occasion}`) : visible(each);
  });
  const tags = t(mutability.immutable ? "templates.dialog.immutable" : "templates.dialog.mutable");
  const except = mutability.exclusions.map(visible).join(", ");
  return (
    <li className={styles.template} data-testid="template" data-prefix={prefix}>
      <div className={styles.head}>
        <h2 className={styles.title}>
          {prefix === "ROOT" ? t("templates.root") : <code>{t("templates.under", { prefix: name })}</code>}
        </h2>
        <span className={styles.buttons}>
          <OwnerBadge document={{ registry, document: { document: "template", prefix } }} />
          <Button
            size="small"
            icon={<Pencil />}
            onClick={onEdit}
            aria-label={`${t("templates.edit")}: ${name}`}
            data-testid={`template-edit-${prefix}`}
          >
            {t("templates.edit")}
          </Button>
          <ExportButton
            registry={registry}
            document={{ kind: "template", prefix }}
            name={name}
            data-testid={`template-export-${prefix}`}
          />
          <Button
            size="small"
            icon={<Trash2 />}
            onClick={() => review({ request: { change: "deleteTemplate", registry, prefix } })}
            aria-label={`${t("templates.delete")}: ${name}`}
            data-testid={`template-delete-${prefix}`}
          >
            {t("templates.delete")}
          </Button>
        </span>
      </div>
      {description && <p className={styles.text}>{visible(description)}</p>}
      <p className={styles.actions}>
        {occasions.map((each) => (
          <Badge key={each}>{each}</Badge>
        ))}
      </p>
      <dl className={styles.facts}>
        <div>
          <dt>{t("templates.dialog.mutability")}</dt>
          <dd>{except ? t("templates.except", { tags, except }) : tags}</dd>
        </div>
        <div>
          <dt>{t("templates.dialog.encryption")}</dt>
          <dd>{known ? t(`templates.dialog.${encryptionTexts[known]}`) : visible(encryption)}</dd>
        </div>
        {customRoleArn && (
          <div>
            <dt>{t("templates.dialog.role")}</dt>
            <dd>
              <code>{visible(customRoleArn)}</code>
            </dd>
          </div>
        )}
      </dl>
    </li>
  );
}
