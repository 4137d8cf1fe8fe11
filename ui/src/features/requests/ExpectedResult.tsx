import { useTranslation } from "react-i18next";
import type { Expected, ExpectedRow, ExpectedState } from "../../api/types";
import { type Status, StatusPill } from "../../components/Badge";
import { Facts } from "../../components/Card";
import { CopyButton } from "../../components/CopyButton";
import { visible } from "../../components/hidden";
import { Ago } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Requests.module.css";

const looks: Record<ExpectedState, Status> = {
  present: "complete",
  otherImage: "failed",
  untagged: "warning",
  absent: "failed",
  noRepository: "failed",
  unknown: "unknown",
};
// What is not as stated comes first.
const order: ExpectedState[] = ["noRepository", "absent", "otherImage", "untagged", "unknown", "present"];

/** What was expected in a registry, by whom, and what is absent. */
export function ExpectedResult({ expected }: { expected: Expected }) {
  const { t } = useTranslation();
  const { registry, source, images, repositories, at } = expected;
  const rows = [...images].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.line - b.line);
  const here = images.filter(({ state }) => state === "present").length;
  const unknown = images.filter(({ state }) => state === "unknown").length;
  return (
    <>
      <div className={styles.facts}>
        <Facts
          facts={[
            { name: t("requests.expected.registry"), value: <RegistryName registry={registry} /> },
            { name: t("requests.expected.source"), value: <Source expected={expected} /> },
            { name: t("requests.expected.at"), value: <Ago at={at} /> },
          ]}
        />
      </div>
      <p className={styles.muted}>{t("requests.expected.unproven")}</p>
      {source.kind === "list" && (
        <p role="status" data-testid="expected-summary">
          {t("requests.expected.summary", { here, count: images.length })}
          {unknown > 0 && ` ${t("requests.expected.unknown", { count: unknown })}`}
        </p>
      )}
      {source.kind === "request" && <p>{t("requests.expected.ofRequest")}</p>}
      <ul className={styles.expected}>
        {rows.map((row) => (
          <Image key={row.line} row={row} />
        ))}
        {repositories.map(({ names, found, more }) => (
          <li key={names} data-testid="expected-repositories" data-found={found.length}>
            <StatusPill status={found.length > 0 ? "complete" : "failed"}>
              {t(found.length > 0 ? "requests.expected.state.present" : "requests.expected.state.absent")}
            </StatusPill>{" "}
            <code>{visible(names)}</code>
            <p className={styles.muted}>
              {found.length === 0
                ? t("requests.expected.noneFound")
                : [...found, ...(more > 0 ? [t("requests.expected.more", { count: more })] : [])].join(", ")}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Source({ expected: { source } }: { expected: Expected }) {
  const { t } = useTranslation();
  if (source.kind === "request") {
    return <>{t("requests.expected.request", { account: source.account, request: source.id })}</>;
  }
  return <>{source.note === null ? t("requests.expected.list") : visible(source.note)}</>;
}

function Image({ row }: { row: ExpectedRow }) {
  const { t } = useTranslation();
  const { repository, tag, digest, state, found, image, problem } = row;
  return (
    <li data-testid="expected-image" data-state={state}>
      <StatusPill status={looks[state]}>{t(`requests.expected.state.${state}`)}</StatusPill>{" "}
      <code>
        {visible(repository)}
        {tag !== null && `:${visible(tag)}`}
      </code>
      {digest !== null && (
        <p className={styles.muted}>
          <code>{digest}</code>
        </p>
      )}
      {state === "otherImage" && (
        <p>
          {t("requests.expected.found")} <code>{found}</code>
        </p>
      )}
      {problem && <p>{visible(problem.message)}</p>}
      {image !== null && (
        <p className={styles.line}>
          <code data-testid="expected-line">{image}</code>{" "}
          <CopyButton text={image} name={t("requests.expected.line", { name: repository })} />
        </p>
      )}
    </li>
  );
}
