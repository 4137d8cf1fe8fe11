import { zodResolver } from "@hookform/resolvers/zod";
import { type UseFormReturn, useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Account, ImportCandidate } from "../../../api/types";
import { useSessionChoice } from "../../signin/useSessionChoice";
import { ProvenFields } from "../AccountFields";
import type { ProvenForm } from "../accountForm";
import { CandidateList } from "./CandidateList";
import { CandidatesUnread } from "./CandidatesUnread";
import styles from "./Connect.module.css";
import { emptyProven, guessedEnvironment, type SsoForm, ssoSchema, suggestedName } from "./connectForm";
import { candidateId } from "./importRows";
import { useCandidates } from "./useCandidates";
import { useConnect } from "./useConnect";
import type { Way } from "./way";

/** Connects an account of IAM Identity Center, after signing in to its session. */
export function useSsoWay(onConnected: (account: Account) => void): Way {
  const { t } = useTranslation();
  const choice = useSessionChoice();
  const read = useCandidates(choice.session);
  const candidates = choice.session ? read.data : undefined;
  const form = useForm<SsoForm>({
    resolver: zodResolver(ssoSchema(t)),
    defaultValues: { ...emptyProven, candidate: "" },
  });
  const id = useWatch({ control: form.control, name: "candidate" });
  const chosen = candidates?.find((each) => candidateId(each) === id);
  const { result, ...way } = useConnect(form, {
    // Nothing is sent before an account is chosen.
    source: () => chosen?.credentials ?? { source: "sso", session: "", account: "", role: "" },
    at: "candidate",
    device: () => null,
    onConnected,
  });
  const choose = (candidate: ImportCandidate) => {
    form.reset({
      candidate: candidateId(candidate),
      name: suggestedName(candidate.name),
      regions: form.getValues("regions"),
      environment: guessedEnvironment(candidate.name),
    });
  };
  return {
    ...way,
    ready: chosen !== undefined,
    form: (
      <div className={styles.stack}>
        {choice.form}
        {choice.session && !candidates && <CandidatesUnread read={read} choice={choice} />}
        {candidates && (
          <CandidateList
            candidates={candidates}
            value={id}
            onChoose={choose}
            error={form.formState.errors.candidate?.message}
          />
        )}
        {chosen && (
          <ProvenFields
            form={form as unknown as UseFormReturn<ProvenForm>}
            regionsHint={t("connect.sso.regionsHint")}
          />
        )}
        {result}
      </div>
    ),
  };
}
