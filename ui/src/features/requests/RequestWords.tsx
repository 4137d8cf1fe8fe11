import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { OpenedRequest, OpenRequest } from "../../api/types";
import { Facts } from "../../components/Card";
import { CodeBlock } from "../../components/CodeBlock";
import { Findings, Notice } from "../../components/Findings";
import { fileName } from "../../components/fileName";
import { visible } from "../../components/hidden";
import { Prose } from "../../components/Prose";
import { ErrorState } from "../../components/States";
import { Ago } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Requests.module.css";

/** Who asks for what, what it would newly allow, what is wrong with it, and the file as it was sent. */
export function RequestWords({
  request,
  opened,
  read,
}: {
  request: OpenRequest;
  opened: OpenedRequest;
  read: { error: unknown; isFetching: boolean; refetch: () => unknown };
}) {
  const { t } = useTranslation();
  const { registry, principal, reason, newlyAllowed, unknownFields, problem } = opened;
  const again = () => void read.refetch();
  return (
    <>
      <div className={styles.facts} data-testid="request-facts">
        <Facts
          facts={[
            {
              name: t("requests.open.account"),
              value: <RegistryName registry={{ ...registry, account: opened.account }} region={false} />,
            },
            {
              name: t("requests.open.principal"),
              value: principal === null ? t("common.none") : visible(principal),
            },
            { name: t("requests.open.asked"), value: <RegistryName registry={registry} /> },
            {
              name: t("requests.open.reason"),
              value: reason === "" ? t("common.none") : visible(reason),
            },
            { name: t("requests.open.created"), value: <Ago at={opened.created} /> },
          ]}
        />
      </div>
      <p className={styles.muted}>{t("requests.open.unproven")}</p>
      <Sentences title={t("requests.open.wants")} sentences={opened.wants} data-testid="request-wants" />
      {read.error !== null && read.error !== undefined && !read.isFetching ? (
        <ErrorState error={read.error} compact onRetry={again} />
      ) : problem ? (
        <div className={styles.part} data-testid="request-problem">
          <Notice severity="warning">
            <p>{t("requests.open.problem")}</p>
            <p>{t(`requests.open.problemHint.${registry.space}`, { account: registry.account })}</p>
          </Notice>
          <ErrorState
            error={problem}
            compact
            onRetry={again}
            actions={
              problem.code === "account-unknown" && (
                <Link
                  to="/settings"
                  search={
                    registry.space === "sandbox" ? { tab: "sandbox" } : { tab: "accounts", connect: true }
                  }
                  data-testid="request-connect"
                >
                  {t(`requests.open.connect.${registry.space}`)}
                </Link>
              )
            }
          />
        </div>
      ) : newlyAllowed.length === 0 ? (
        <Notice>{t("requests.open.nothingNew")}</Notice>
      ) : (
        <Sentences title={t("requests.open.newly")} sentences={newlyAllowed} data-testid="request-newly" />
      )}
      <Findings findings={opened.findings} />
      {unknownFields.length > 0 && (
        <Notice severity="warning">
          {t("requests.open.unknownFields", {
            count: unknownFields.length,
            fields: unknownFields.map(visible).join(", "),
          })}
        </Notice>
      )}
      <section className={styles.part}>
        <h3 className={styles.heading}>{t("requests.open.file")}</h3>
        <CodeBlock
          name={t("requests.open.file")}
          text={request.text}
          file={fileName("json", "request", opened.id)}
          maxHeight={260}
          wrap
          data-testid="request-file"
        />
      </section>
    </>
  );
}

/** A heading and a list of sentences. */
export function Sentences({
  title,
  sentences,
  "data-testid": testId,
}: {
  title: string;
  sentences: readonly string[];
  "data-testid": string;
}) {
  return (
    <section className={styles.part} data-testid={testId}>
      <h3 className={styles.heading}>{title}</h3>
      <ul className={styles.list}>
        {sentences.map((sentence) => (
          <li key={sentence}>
            <Prose text={sentence} />
          </li>
        ))}
      </ul>
    </section>
  );
}
