import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { registryId } from "../../api/keys";
import type { EngineRuleView, Permit, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Findings";
import { formatTime } from "../../components/format";
import { showToast } from "../../components/Toaster";
import styles from "../guard/Guard.module.css";
import { useGuard, useGuardChange } from "../guard/queries";
import { GrantPermitDialog } from "./GrantPermitDialog";
import { type PermitState, protectedDestinations } from "./permits";

/** The permits of a rule for the production registries that its schedule writes to. */
export function RulePermits({ rule }: { rule: EngineRuleView }) {
  const { t } = useTranslation();
  const { data } = useGuard();
  const [granting, setGranting] = useState<RegistryKey | null>(null);
  const destinations = protectedDestinations(rule, data);
  if (destinations.length === 0) return null;
  const chosen = destinations.find(({ registry }) => registry === granting);
  return (
    <div className={styles.permits} data-testid="rule-permits">
      {destinations.map(({ registry, name, permits, needed }) => (
        <div key={registryId(registry)} className={styles.permits}>
          {needed && (
            <Notice severity="warning">
              <div className={styles.permits}>
                <p>{t("guard.permits.needed", { name, region: registry.region })}</p>
                <span>
                  <Button size="small" onClick={() => setGranting(registry)} data-testid="permit-grant">
                    {t("guard.permits.grant")}
                  </Button>
                </span>
              </div>
            </Notice>
          )}
          {permits.length > 0 && (
            <ul aria-label={t("guard.permits.title")}>
              {permits.map(({ permit, state }) => (
                <PermitRow key={permit.id} permit={permit} name={name} state={state} />
              ))}
            </ul>
          )}
        </div>
      ))}
      {chosen && (
        <GrantPermitDialog
          rule={rule}
          registry={chosen.registry}
          name={chosen.name}
          onClose={() => setGranting(null)}
        />
      )}
    </div>
  );
}

function PermitRow({ permit, name, state }: { permit: Permit; name: string; state: PermitState }) {
  const { t } = useTranslation();
  const revoke = useGuardChange(api.revokePermit, {
    onFailed: (error) => {
      const text = toApiError(error).message;
      showToast({ kind: "error", title: t("guard.permits.revokeFailed"), text });
    },
  });
  const { region } = permit.registry;
  const time = formatTime(new Date(permit.until));
  return (
    <li className={styles.permit} data-testid="permit" data-state={state}>
      <div>
        <p>{t(state === "ended" ? "guard.permits.ended" : "guard.permits.until", { name, region, time })}</p>
        {state === "changed" && <p className={styles.warning}>{t("guard.permits.changed")}</p>}
      </div>
      <Button
        size="small"
        busy={revoke.isPending}
        onClick={() => revoke.mutate({ id: permit.id })}
        aria-label={`${t("guard.permits.revoke")}: ${name} / ${region}`}
        data-testid="permit-revoke"
      >
        {t("guard.permits.revoke")}
      </Button>
    </li>
  );
}
