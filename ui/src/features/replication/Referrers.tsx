import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { ReferrersSeen, RegistryKey, RuleView } from "../../api/types";
import { Unread } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Replication.module.css";

/** Whether signatures and other referrers are replicated: AWS does not say, so this shows what was found. */
export function Referrers({ registry, rule }: { registry: RegistryKey; rule: RuleView }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.recentReplications, "referrers", registryId(registry), rule.id],
    queryFn: () => api.lookForReferrers({ registry, rule: rule.id }),
    staleTime: 30_000,
  });
  return (
    <div className={styles.muted} data-testid="rule-referrers">
      <p>{t("replication.carried.referrers")}</p>
      <Unread read={read} />
      {read.data?.map((seen) => (
        <p key={registryId(seen.registry)} data-testid="rule-referrers-found">
          <RegistryName registry={seen.registry} />: {t(`replication.referrers.${found(seen)}`, { ...seen })}
        </p>
      ))}
    </div>
  );
}

function found({ asked, there, problem }: ReferrersSeen) {
  if (problem) return "unseen";
  if (asked === 0) return "nothing";
  return there === asked ? "all" : there === 0 ? "none" : "some";
}
