import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { IamName, RegistryKey } from "../../../api/types";
import { Select } from "../../../components/Select";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { useDebounced } from "../../../components/useDebounced";
import { words } from "../../permissions/statementForm";
import { Answers } from "../Answers";
import { PURPOSES, verdicts } from "../askForm";
import styles from "./Iam.module.css";

/** What a user, a group or a role may do on repositories, by its policies as they are now. */
export function MayDo({
  registry,
  of,
  regions,
}: {
  registry: RegistryKey;
  of: IamName;
  regions: readonly string[];
}) {
  const { t } = useTranslation();
  const [region, setRegion] = useState(registry.region);
  const [text, setText] = useState("");
  const repositories = words(text);
  const question =
    repositories.length === 0
      ? null
      : { registry: { ...registry, region }, of, actions: [...PURPOSES], repositories };
  const settled = useDebounced(question, 300);
  const read = useQuery({
    queryKey: [...keys.iam, "may", settled],
    queryFn: settled ? () => api.askIam(settled) : skipToken,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 0,
  });
  const problems = read.data?.problems ?? [];
  const again = () => void read.refetch();
  return (
    <section className={styles.stack} aria-label={t("iam.may.title")} data-testid="iam-may">
      <h3 className={styles.heading}>{t("iam.may.title")}</h3>
      <p className={styles.muted}>{t("iam.may.text")}</p>
      <div className={styles.wrap}>
        <Select
          label={t("iam.may.region")}
          value={region}
          options={regions.map((value) => ({ value, label: value }))}
          onChange={setRegion}
          data-testid="iam-may-region"
        />
        <TextField
          label={t("iam.may.repositories")}
          hint={t("iam.may.repositoriesHint")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          mono
          data-testid="iam-may-repositories"
        />
      </div>
      {question && read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={again} />
      )}
      {question && !read.data && read.isFetching && <SkeletonLines lines={3} />}
      {question && !read.error && problems.length > 0 && (
        <>
          <p>{t("iam.may.unread")}</p>
          {problems.map((problem) => (
            <ErrorState key={`${problem.code} ${problem.message}`} error={problem} compact onRetry={again} />
          ))}
        </>
      )}
      {question && !read.error && read.data && problems.length === 0 && (
        <Answers verdicts={verdicts(read.data.answers)} />
      )}
    </section>
  );
}
