import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { DocumentKey, Ownership } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { visible } from "../../components/hidden";
import { Menu } from "../../components/Menu";
import { ErrorState } from "../../components/States";
import { MarkDialog } from "./MarkDialog";
import styles from "./Owners.module.css";
import { ownerText } from "./ownerText";
import { useOwner, useOwnerChange } from "./queries";

/** What manages a document instead of Longshore, and what a person can say about it. */
export function OwnerBadge({ document }: { document: DocumentKey }) {
  const { t } = useTranslation();
  const read = useOwner(document);
  const [marking, setMarking] = useState(false);
  const release = useOwnerChange(api.releaseDocument);
  const forget = useOwnerChange(api.forgetMark);
  if (!read.data) {
    return read.error ? <ErrorState error={read.error} compact onRetry={() => void read.refetch()} /> : null;
  }
  const found = read.data;
  const failed = [release, forget].find(({ error }) => error !== null);
  return (
    <span className={styles.owner} data-testid="owner" data-owner={found.owner?.source ?? "none"}>
      <Words found={found} />
      <Menu
        align="end"
        data-testid="owner-menu"
        trigger={
          <Button
            variant="ghost"
            size="small"
            aria-label={t("owners.actions", { document: visible(found.label) })}
            data-testid="owner-actions"
          >
            {t("owners.menu")}
            <ChevronDown aria-hidden="true" />
          </Button>
        }
        items={[
          { id: "mark", label: t("owners.open"), onSelect: () => setMarking(true) },
          {
            id: "release",
            label: t("owners.release"),
            disabled: !found.owner,
            onSelect: () => release.mutate(document),
          },
          { id: "forget", label: t("owners.forget"), onSelect: () => forget.mutate(document) },
        ]}
      />
      {failed && <ErrorState error={failed.error} compact onRetry={() => failed.mutate(document)} />}
      {marking && <MarkDialog document={document} label={found.label} onClose={() => setMarking(false)} />}
    </span>
  );
}

function Words({ found: { owner, released, unknown } }: { found: Ownership }) {
  const { t } = useTranslation();
  if (owner) {
    const where = owner.detail ? ` ${visible(owner.detail)}` : "";
    return (
      <Badge tone="warning" title={`${t("owners.managed")}${where}`} data-testid="owner-name">
        {ownerText(owner, t)}
      </Badge>
    );
  }
  return (
    <>
      {released && (
        <Badge data-testid="owner-released">{t("owners.released", { owner: ownerText(released, t) })}</Badge>
      )}
      {unknown.length > 0 && (
        <Badge title={unknown.map(({ message }) => visible(message)).join(" ")} data-testid="owner-unknown">
          {t("owners.unknown")}
        </Badge>
      )}
    </>
  );
}
