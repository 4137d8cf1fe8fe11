import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ImportCandidate } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { visible } from "../../../components/hidden";
import { RadioGroup } from "../../../components/RadioGroup";
import { SearchField } from "../../../components/SearchField";
import { EmptyState } from "../../../components/States";
import { useKnownAccounts } from "../../frame/scope";
import styles from "./Connect.module.css";
import { candidateId, roleOf } from "./importRows";

/** So many accounts are seen at a glance. */
const FEW = 8;

/** Chooses an account of IAM Identity Center, and the role in it. */
export function CandidateList({
  candidates,
  value,
  onChoose,
  error,
}: {
  candidates: readonly ImportCandidate[];
  value: string;
  onChoose: (candidate: ImportCandidate) => void;
  error?: string | undefined;
}) {
  const { t } = useTranslation();
  const known = useKnownAccounts();
  const [text, setText] = useState("");
  if (candidates.length === 0) {
    return <EmptyState title={t("connect.sso.none")} text={t("connect.sso.noneText")} />;
  }
  const wanted = text.trim().toLowerCase();
  const shown = candidates.filter(({ name, account, credentials }) =>
    `${name} ${account} ${roleOf(credentials)}`.toLowerCase().includes(wanted),
  );
  const connectedAs = (id: string) => known.find((each) => each.space === "aws" && each.id === id)?.name;
  return (
    <>
      {candidates.length > FEW && (
        <SearchField
          label={t("connect.sso.find")}
          value={text}
          onChange={setText}
          onKeyDown={(event) => {
            // It belongs to the list, and must not connect what is chosen.
            if (event.key === "Enter") event.preventDefault();
          }}
          data-testid="sso-account-search"
        />
      )}
      <div className={styles.profiles}>
        <RadioGroup
          label={t("connect.sso.label")}
          error={error}
          value={value}
          options={shown.map((each) => {
            const name = connectedAs(each.account);
            return {
              value: candidateId(each),
              label: visible(`${each.name} · ${roleOf(each.credentials)}`),
              hint: (
                <span className={styles.facts}>
                  {each.account}
                  {name !== undefined && (
                    <Badge tone="success">{t("connect.profile.connected", { name })}</Badge>
                  )}
                </span>
              ),
              disabled: name !== undefined,
            };
          })}
          onChange={(id) => {
            const chosen = candidates.find((each) => candidateId(each) === id);
            if (chosen) onChoose(chosen);
          }}
          data-testid="sso-account"
        />
        {shown.length === 0 && <p>{t("common.noneFound")}</p>}
      </div>
    </>
  );
}
