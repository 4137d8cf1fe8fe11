import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamChange, IamKey, RegistryKey } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { Ago } from "../../../components/Values";
import { useReview } from "../../plans/PlanProvider";
import { Part } from "./Belonging";
import styles from "./Iam.module.css";
import { NewKeyDialog } from "./NewKeyDialog";

/** The access keys of a user. The secret of a new one is shown once. */
export function AccessKeys({
  registry,
  user,
  keys,
  locked,
}: {
  registry: RegistryKey;
  user: string;
  keys: readonly IamKey[] | null;
  locked: boolean;
}) {
  const { t } = useTranslation();
  const review = useReview();
  const [run, setRun] = useState<string | null>(null);
  const plan = (iam: IamChange, onStarted?: (run: string) => void) =>
    review({ request: { change: "iam", registry, iam }, ...(onStarted ? { onStarted } : {}) });
  return (
    <>
      <Part title={t("iam.keys")} items={keys} none={t("iam.noKeys")} id="iam-keys">
        {({ id, active, lastUsed, lastUsedFor }) => (
          <li key={id} className={styles.belonging}>
            <span>
              <code>{id}</code>{" "}
              <Badge tone={active ? "success" : "neutral"}>{t(active ? "iam.active" : "iam.inactive")}</Badge>{" "}
              <span className={styles.muted}>
                {lastUsed ? (
                  <>
                    {t("iam.lastUsed", { service: lastUsedFor ?? "" })} <Ago at={lastUsed} />
                  </>
                ) : (
                  t("iam.neverUsed")
                )}
              </span>
            </span>
            {!locked && (
              <span className={styles.wrap}>
                <Button
                  size="small"
                  aria-label={t(active ? "iam.deactivateWhat" : "iam.activateWhat", { id })}
                  onClick={() => plan({ act: "setKey", user, id, active: !active })}
                  data-testid={`iam-key-set-${id}`}
                >
                  {t(active ? "iam.deactivate" : "iam.activate")}
                </Button>
                <Button
                  size="small"
                  aria-label={t("iam.removeWhat", { name: id })}
                  onClick={() => plan({ act: "deleteKey", user, id })}
                  data-testid={`iam-key-delete-${id}`}
                >
                  {t("iam.remove")}
                </Button>
              </span>
            )}
          </li>
        )}
      </Part>
      {!locked && (
        <div className={styles.wrap}>
          <Button
            size="small"
            onClick={() => plan({ act: "createKey", user }, setRun)}
            data-testid="iam-key-create"
          >
            {t("iam.createKey")}
          </Button>
        </div>
      )}
      {run !== null && <NewKeyDialog run={run} user={user} onClose={() => setRun(null)} />}
    </>
  );
}
