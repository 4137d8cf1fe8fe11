import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { PairKey, RegistryKey } from "../../api/types";
import { Notice } from "../../components/Findings";
import { EmptyState } from "../../components/States";
import { RegistryPicker } from "../frame/RegistryPicker";
import { usePlanForm } from "../plans/usePlanForm";
import { FailoverDetails } from "./FailoverDetails";
import { LookStatus } from "./LookStatus";
import { NeededFields } from "./NeededFields";
import { emptyNeeds, type NeedsForm, neededOf } from "./needed";
import { PairResult } from "./PairResult";
import styles from "./Registries.module.css";
import { useLook } from "./useLook";
import { useRegistries } from "./useRegistries";

/** Two registries side by side: all their images, or whether the second can stand in for the first. */
export function PairTab({ mode }: { mode: "images" | "failover" }) {
  const { t } = useTranslation();
  const { registries, first } = useRegistries();
  const [from, setFrom] = useState<RegistryKey | null>(null);
  const [to, setTo] = useState<RegistryKey | null>(null);
  const [needs, setNeeds] = useState<NeedsForm>(emptyNeeds);
  const look = useLook();
  const form = usePlanForm([], undefined);
  const here = from ?? first;
  const there = to ?? registries.find((each) => here && registryId(each) !== registryId(here)) ?? null;
  const needed = neededOf(needs);
  const isPair = here !== null && there !== null && registryId(here) !== registryId(there);
  const pair: PairKey | null = isPair && needed ? { here, there, needed } : null;
  // Whether typed input is wrong is said before anything is read.
  const check = useQuery({
    queryKey: [...keys.compared, "check", pair],
    queryFn: () => (pair ? api.pair({ ...pair, only: [], text: "", offset: 0, limit: 1 }) : null),
    retry: false,
  });
  if (!here || !there) return <EmptyState title={t("registries.noPair")} text={t("registries.noPairText")} />;
  return (
    <div className={styles.stack}>
      <p className={styles.muted}>{t(`registries.${mode}.about`)}</p>
      <div className={styles.row}>
        <RegistryPicker
          value={here}
          onChange={setFrom}
          label={t(`registries.${mode}.from`)}
          field
          data-testid="pair-from"
        />
        <RegistryPicker
          value={there}
          onChange={setTo}
          label={t(`registries.${mode}.to`)}
          field
          data-testid="pair-to"
        />
      </div>
      {!isPair && <Notice severity="error">{t("registries.sameRegistry")}</Notice>}
      <NeededFields form={needs} onForm={setNeeds} lists={mode === "failover"} error={check.error} />
      <LookStatus
        look={look}
        disabled={pair === null}
        onLook={() =>
          pair &&
          look.begin(
            [here, there].map((registry) => ({ registry, policies: mode === "failover", images: true })),
            mode === "failover" ? () => api.rememberPair(pair) : undefined,
          )
        }
      />
      {pair && (
        <>
          <PairResult key={JSON.stringify(pair)} pair={pair} mode={mode} form={form} />
          {mode === "failover" && <FailoverDetails pair={pair} />}
        </>
      )}
    </div>
  );
}
