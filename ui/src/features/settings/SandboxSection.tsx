import { Plus, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Account, SandboxState } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Card, Facts } from "../../components/Card";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { CopyButton } from "../../components/CopyButton";
import { Notice } from "../../components/Findings";
import { ErrorState } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { useAccountChange } from "../frame/accountChanges";
import { useAccounts, useStartSandbox, useStatus } from "../frame/queries";
import { SpaceBadge } from "../frame/SpaceBadge";
import { GuardSwitch } from "../guard/GuardSwitch";
import { AccountList } from "./AccountsSection";
import { AddRegionDialog } from "./AddRegionDialog";
import { AddSandboxAccountDialog } from "./AddSandboxAccountDialog";
import { DelayForm } from "./DelayForm";
import { RegionsDown } from "./RegionsDown";
import styles from "./Settings.module.css";

/** The embedded ECR: its state, its accounts, and its reset. */
export function SandboxSection() {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const { data: accounts } = useAccounts();
  const sandbox = (accounts ?? []).filter((account) => account.space === "sandbox");
  const running = status?.sandbox.state === "running";
  return (
    <div className={styles.stack}>
      <Card title={t("settings.tabs.sandbox")} data-testid="sandbox-card">
        <p className={styles.muted}>{t("settings.sandbox.explain")}</p>
        {status && <State state={status.sandbox} />}
        {running && <DelayForm />}
        {running && <RegionsDown accounts={sandbox} />}
        {running && <GuardSwitch of="sandbox" />}
      </Card>
      {running && <SandboxAccounts accounts={sandbox} />}
      {running && <Reset />}
    </div>
  );
}

function State({ state }: { state: SandboxState }) {
  const { t } = useTranslation();
  const start = useStartSandbox();
  const looks = { running: "complete", unused: "waiting", failed: "failed" } as const;
  return (
    <>
      <Facts
        facts={[
          {
            name: t("settings.sandbox.state"),
            value: (
              <StatusPill status={looks[state.state]} data-testid="sandbox-state">
                {t(`settings.sandbox.${state.state}`)}
              </StatusPill>
            ),
          },
          ...(state.state === "running"
            ? [
                {
                  name: t("settings.sandbox.control"),
                  value: (
                    <span className={styles.line}>
                      <code data-testid="sandbox-control">{state.control}</code>
                      <CopyButton text={state.control} name={t("settings.sandbox.control")} />
                    </span>
                  ),
                },
              ]
            : []),
        ]}
      />
      {state.state === "running" && state.notice && <Notice severity="warning">{state.notice}</Notice>}
      {state.state === "failed" && <ErrorState error={state.error} compact />}
      {state.state !== "running" && (
        <div>
          <Button
            variant="primary"
            busy={start.isPending}
            onClick={() => start.mutate()}
            data-testid="sandbox-start"
          >
            {t("settings.sandbox.start")}
          </Button>
        </div>
      )}
      {start.error && <ErrorState error={start.error} compact />}
    </>
  );
}

function SandboxAccounts({ accounts }: { accounts: readonly Account[] }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const [regionFor, setRegionFor] = useState<Account | null>(null);
  return (
    <Card
      title={t("settings.sandbox.accounts")}
      flush
      actions={
        <Button
          size="small"
          icon={<Plus />}
          onClick={() => setAdding(true)}
          data-testid="add-sandbox-account"
        >
          {t("settings.sandbox.addAccount")}
        </Button>
      }
    >
      <AccountList
        accounts={accounts}
        actions={(account) => (
          <Button
            size="small"
            variant="ghost"
            icon={<Plus />}
            onClick={() => setRegionFor(account)}
            data-testid={`add-region-${account.id}`}
          >
            {t("settings.sandbox.addRegion")}
          </Button>
        )}
      />
      {adding && <AddSandboxAccountDialog onClose={() => setAdding(false)} />}
      {regionFor && <AddRegionDialog account={regionFor} onClose={() => setRegionFor(null)} />}
    </Card>
  );
}

function Reset() {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const reset = useAccountChange(api.resetSandbox, () => {
    showToast({ kind: "success", title: t("settings.sandbox.resetDone") });
    setAsking(false);
  });
  return (
    <div>
      <Button icon={<RotateCcw />} onClick={() => setAsking(true)} data-testid="sandbox-reset">
        {t("settings.sandbox.reset")}
      </Button>
      <ConfirmDialog
        open={asking}
        onCancel={() => setAsking(false)}
        onConfirm={() => reset.mutate(undefined)}
        title={t("settings.sandbox.resetTitle")}
        badge={<SpaceBadge space="sandbox" />}
        action={t("settings.sandbox.resetTitle")}
        typed={t("settings.sandbox.resetWord")}
        danger
        busy={reset.isPending}
        error={reset.error}
        data-testid="dialog-reset-sandbox"
      >
        {t("settings.sandbox.resetText")}
      </ConfirmDialog>
    </div>
  );
}
