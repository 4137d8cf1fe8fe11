import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProfileView } from "../../../api/types";
import { StatusPill } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { Checkbox } from "../../../components/Checkbox";
import { Dialog } from "../../../components/Dialog";
import { Notice } from "../../../components/Findings";
import { Prose } from "../../../components/Prose";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { useShowSpace } from "../../frame/queries";
import { EndpointBadge } from "../../frame/SpaceBadge";
import styles from "./Connect.module.css";
import { kindText, useProfiles } from "./ProfileList";
import { type Imported, useImport } from "./useImport";

/** Connects several profiles of the AWS configuration files, one after another. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const read = useProfiles();
  const { running, results, dialog, start, stop } = useImport();
  const show = useShowSpace();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // One that was just connected stays, with its result.
  const rows = (read.data ?? []).filter(({ name, connected }) => connected === null || name in results);
  const open = rows.filter((row) => canConnect(row, results[row.name]));
  const chosen = open.filter(({ name }) => selected.has(name));
  const ended = Object.values(results);
  const close = () => {
    stop();
    onClose();
  };
  return (
    <Dialog
      open
      onClose={close}
      size="large"
      title={t("connect.import.title")}
      description={t("connect.import.text")}
      onSubmit={() => {
        if (running || chosen.length === 0) return;
        void start(chosen).then((connected) => connected && show.mutate("aws"));
      }}
      data-testid="dialog-import"
      footer={
        <>
          <span className={styles.summary} role="status" data-testid="import-summary">
            {ended.length > 0 && summary(ended, t)}
          </span>
          <Button onClick={close} data-testid="import-close">
            {t("common.close")}
          </Button>
          {running && (
            <Button onClick={stop} data-testid="import-stop">
              {t("connect.import.stop")}
            </Button>
          )}
          <Button
            type="submit"
            variant="primary"
            disabled={chosen.length === 0}
            busy={running}
            data-testid="import-submit"
          >
            {t("connect.import.connect", { count: chosen.length })}
          </Button>
        </>
      }
    >
      {!read.data ? (
        read.error && !read.isFetching ? (
          <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
        ) : (
          <SkeletonLines lines={4} />
        )
      ) : rows.length === 0 ? (
        <EmptyState title={t("connect.import.none")} text={t("connect.import.noneText")} />
      ) : (
        <>
          {chosen.some(({ command }) => command !== null) && (
            <Notice severity="warning">{t("connect.import.programs")}</Notice>
          )}
          <table className={styles.table} data-testid="import-table">
            <thead>
              <tr>
                <th>
                  <Checkbox
                    label={t("connect.import.all")}
                    hideLabel
                    checked={open.length > 0 && chosen.length === open.length}
                    indeterminate={chosen.length > 0 && chosen.length < open.length}
                    disabled={running || open.length === 0}
                    onChange={(all) => setSelected(new Set(all ? open.map(({ name }) => name) : []))}
                    data-testid="import-all"
                  />
                </th>
                <th scope="col">{t("connect.import.profile")}</th>
                <th scope="col">{t("connect.import.kind")}</th>
                <th scope="col">{t("connect.import.region")}</th>
                <th scope="col">{t("connect.import.account")}</th>
                <th scope="col">{t("connect.import.result")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row
                  key={row.name}
                  profile={row}
                  result={results[row.name]}
                  checked={chosen.includes(row)}
                  disabled={running || !open.includes(row)}
                  onChange={(checked) =>
                    setSelected((old) => {
                      const next = new Set(old);
                      if (checked) next.add(row.name);
                      else next.delete(row.name);
                      return next;
                    })
                  }
                />
              ))}
            </tbody>
          </table>
        </>
      )}
      {show.error && <ErrorState error={show.error} compact onRetry={() => show.mutate("aws")} />}
      {dialog}
    </Dialog>
  );
}

function canConnect({ kind }: ProfileView, result: Imported | undefined): boolean {
  return kind !== "none" && result?.state !== "connected";
}

function summary(results: readonly Imported[], t: TFunction): string {
  const count = (state: Imported["state"]) => results.filter((result) => result.state === state).length;
  const [connected, failed] = [count("connected"), count("failed")];
  return [
    t("connect.import.connectedCount", { count: connected }),
    ...(failed > 0 ? [t("connect.import.failedCount", { count: failed })] : []),
  ].join(", ");
}

function Row({
  profile,
  result,
  checked,
  disabled,
  onChange,
}: {
  profile: ProfileView;
  result: Imported | undefined;
  checked: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
}) {
  const { t } = useTranslation();
  const { name, kind, region, account, role, command, endpoint } = profile;
  return (
    <tr data-testid={`import-row-${name}`} data-state={result?.state}>
      <td>
        <Checkbox
          label={t("common.selectRow", { name })}
          hideLabel
          checked={checked}
          disabled={disabled}
          onChange={onChange}
          data-testid={`import-${name}`}
        />
      </td>
      <th scope="row">
        {name}
        {endpoint !== null && (
          <div>
            <EndpointBadge endpoint={endpoint} />
          </div>
        )}
        {command !== null && <code className={styles.command}>{command}</code>}
      </th>
      <td>{kindText(kind, t)}</td>
      <td>{region ?? t("common.none")}</td>
      <td>
        {account ? t("connect.import.unproven", { account }) : t("common.none")}
        {role && <div className={styles.muted}>{role}</div>}
      </td>
      <td>{result && <Result result={result} />}</td>
    </tr>
  );
}

const looks = { connecting: "progress", connected: "complete", failed: "failed" } as const;

function Result({ result }: { result: Imported }) {
  const { t } = useTranslation();
  return (
    <>
      <StatusPill status={looks[result.state]}>{t(`connect.import.state.${result.state}`)}</StatusPill>
      {result.state === "connected" && <div className={styles.muted}>{result.account.id}</div>}
      {result.state === "failed" && (
        <div>
          <Prose text={result.error.message} />{" "}
          {result.error.hint && (
            <span className={styles.muted}>
              <Prose text={result.error.hint} />
            </span>
          )}
        </div>
      )}
    </>
  );
}
