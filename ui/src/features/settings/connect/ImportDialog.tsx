import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Notice } from "../../../components/Findings";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { Tabs } from "../../../components/Tabs";
import { TextField } from "../../../components/TextField";
import { useShowSpace } from "../../frame/queries";
import { useKnownAccounts } from "../../frame/scope";
import { useSessionChoice } from "../../signin/useSessionChoice";
import { splitRegions } from "../queries";
import { CandidatesUnread } from "./CandidatesUnread";
import styles from "./Connect.module.css";
import { canConnect, ImportTable } from "./ImportTable";
import { candidateRows, profileRows } from "./importRows";
import type { ImportSource, ImportState } from "./importSource";
import { useProfiles } from "./ProfileList";
import { useCandidates } from "./useCandidates";
import { type Imported, useImport } from "./useImport";
import { useOrganizationImport } from "./useOrganizationImport";

const ways = ["profile", "sso", "organization"] as const;

/** Connects several profiles, or accounts of IAM Identity Center or an organization, one after another. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<(typeof ways)[number]>("profile");
  const importing = useImport();
  const show = useShowSpace();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { running, results, start, stop } = importing;
  const common = { results, selected, onSelect: setSelected, running };
  const sources = {
    profile: useProfileImport(common),
    sso: useSsoImport(common),
    organization: useOrganizationImport(common),
  };
  const { rows, regions } = sources[way];
  const chosen = rows.filter((row) => selected.has(row.id) && canConnect(row, results));
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
        void start(chosen, regions).then((connected) => connected && show.mutate("aws"));
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
      {/* As high as its contents: the dialog scrolls. */}
      <div>
        <Tabs
          label={t("connect.ways")}
          value={way}
          onChange={(next) => {
            if (!running) setWay(next);
          }}
          data-testid="import-way"
          tabs={ways.map((value) => ({
            value,
            label: t(`connect.import.way.${value}`),
            content: <div className={styles.stack}>{sources[value].content}</div>,
          }))}
        />
      </div>
      {show.error && <ErrorState error={show.error} compact onRetry={() => show.mutate("aws")} />}
      {importing.dialog}
    </Dialog>
  );
}

function useProfileImport(common: ImportState): ImportSource {
  const { t } = useTranslation();
  const read = useProfiles();
  const [regions, setRegions] = useState("");
  const rows = profileRows(read.data ?? [], (id) => id in common.results, t);
  const runs = rows.some(({ id, command }) => command !== null && common.selected.has(id));
  const content = !read.data ? (
    read.error && !read.isFetching ? (
      <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={4} />
    )
  ) : rows.length === 0 ? (
    <EmptyState title={t("connect.import.none")} text={t("connect.import.noneText")} />
  ) : (
    <>
      {runs && <Notice severity="warning">{t("connect.import.programs")}</Notice>}
      <TextField
        label={t("settings.form.regions")}
        hint={t("connect.import.regionsHint")}
        value={regions}
        onChange={(event) => setRegions(event.target.value)}
        mono
        data-testid="import-profile-regions"
      />
      <ImportTable {...common} rows={rows} first={t("connect.import.profile")} />
    </>
  );
  return { rows, regions: splitRegions(regions), content };
}

function useSsoImport(common: ImportState): ImportSource {
  const { t } = useTranslation();
  const accounts = useKnownAccounts();
  const choice = useSessionChoice();
  const read = useCandidates(choice.session);
  const [regions, setRegions] = useState("");
  const data = choice.session ? read.data : undefined;
  const rows = candidateRows(data ?? [], accounts, (id) => id in common.results, t);
  const list = !data ? (
    <CandidatesUnread read={read} choice={choice} />
  ) : rows.length === 0 ? (
    <EmptyState title={t("connect.sso.none")} text={t("connect.sso.noneText")} />
  ) : (
    <>
      <TextField
        label={t("settings.form.regions")}
        hint={t("connect.sso.regionsAllHint")}
        value={regions}
        onChange={(event) => setRegions(event.target.value)}
        mono
        data-testid="import-regions"
      />
      <ImportTable {...common} rows={rows} first={t("settings.form.name")} />
    </>
  );
  const content = (
    <>
      {choice.form}
      {choice.session && list}
    </>
  );
  return { rows, regions: splitRegions(regions), content };
}

function summary(results: readonly Imported[], t: TFunction): string {
  const count = (state: Imported["state"]) => results.filter((result) => result.state === state).length;
  const [connected, failed] = [count("connected"), count("failed")];
  return [
    t("connect.import.connectedCount", { count: connected }),
    ...(failed > 0 ? [t("connect.import.failedCount", { count: failed })] : []),
  ].join(", ");
}
