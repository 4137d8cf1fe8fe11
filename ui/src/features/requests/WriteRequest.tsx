import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Mail } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { RegistryKey, StatementInput, WrittenRequest } from "../../api/types";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Card";
import { Checkbox } from "../../components/Checkbox";
import { CodeBlock } from "../../components/CodeBlock";
import { Dialog } from "../../components/Dialog";
import { Findings } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import { ErrorState, SkeletonLines } from "../../components/States";
import { TextField } from "../../components/TextField";
import { RegistryName } from "../frame/RegistryName";
import { SpaceBadge } from "../frame/SpaceBadge";
import styles from "./Requests.module.css";
import { WrittenFile } from "./WrittenFile";

const SID = "ReplicationAccessCrossAccount";

/** What a rule needs of a destination. */
export interface Needed {
  destination: RegistryKey;
  /** The accounts that replicate. */
  accounts: readonly string[];
  /** Prefixes of repositories; none means all of them. */
  prefixes: readonly string[];
  createRepository?: boolean;
}

/** Opens the dialog that writes a request to the administrator of a destination. */
export function WriteRequestButton({
  needed,
  "data-testid": testId,
}: {
  needed: Needed;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={<Mail />} onClick={() => setOpen(true)} data-testid={testId}>
        {t("requests.write.open")}
      </Button>
      {open && <WriteRequestDialog needed={needed} onClose={() => setOpen(false)} />}
    </>
  );
}

function WriteRequestDialog({ needed, onClose }: { needed: Needed; onClose: () => void }) {
  const { t } = useTranslation();
  const { destination, accounts, prefixes } = needed;
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [create, setCreate] = useState(needed.createRepository ?? true);
  const statement: StatementInput = {
    registry: destination,
    statementType: "replicationCrossAccount",
    sid: SID,
    accounts: [...accounts],
    prefixes: [...prefixes],
    allRepositories: prefixes.length === 0,
    createRepository: create,
  };
  const write = useMutation({
    mutationFn: () => api.writeRequest({ statement, reason: reason.trim() || null }),
    // The rules that need it say that it was requested.
    onSuccess: () => void client.invalidateQueries({ queryKey: ["replication"] }),
  });
  if (write.data) return <Written key="written" written={write.data} onClose={onClose} />;
  return (
    <Dialog
      key="form"
      open
      onClose={onClose}
      title={t("requests.write.title")}
      description={t("requests.write.about")}
      badge={<SpaceBadge space={destination.space} registries={[destination]} />}
      onSubmit={() => {
        if (!write.isPending) write.mutate();
      }}
      data-testid="dialog-request-write"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={write.isPending} data-testid="request-write-submit">
            {t("requests.write.submit")}
          </Button>
        </>
      }
    >
      <Asked registry={destination} />
      <TextField
        label={t("requests.write.reason")}
        hint={t("requests.write.reasonHint")}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        data-testid="request-reason"
      />
      <Checkbox
        label={t("permissions.createRepository")}
        hint={t("permissions.createRepositoryHint")}
        checked={create}
        onChange={setCreate}
        data-testid="request-create"
      />
      <Statement statement={statement} />
      {write.error && <ErrorState error={write.error} compact onRetry={() => write.mutate()} />}
    </Dialog>
  );
}

function Asked({ registry }: { registry: RegistryKey }) {
  const { t } = useTranslation();
  return (
    <div className={styles.facts}>
      <Facts facts={[{ name: t("requests.write.asked"), value: <RegistryName registry={registry} /> }]} />
    </div>
  );
}

/** The statement that is asked for, in words and as JSON. */
function Statement({ statement }: { statement: StatementInput }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: ["requestedStatement", statement],
    queryFn: () => api.generatePolicy(statement),
    gcTime: 0,
  });
  if (read.error && !read.isFetching) {
    return <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />;
  }
  if (!read.data) return <SkeletonLines lines={4} />;
  return (
    <>
      {read.data.sentence && (
        <p className={styles.text} data-testid="request-sentence">
          <Prose text={read.data.sentence} />
        </p>
      )}
      <Findings findings={read.data.findings} />
      {read.data.statement && (
        <CodeBlock
          name={t("requests.write.statement")}
          text={read.data.statement}
          maxHeight={220}
          data-testid="request-statement"
        />
      )}
    </>
  );
}

function Written({ written, onClose }: { written: WrittenRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const { registry, id, text } = written;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("requests.write.written")}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      focus="body"
      data-testid="dialog-request-written"
      footer={
        <Button variant="primary" onClick={onClose} data-testid="request-written-close">
          {t("common.close")}
        </Button>
      }
    >
      <Asked registry={registry} />
      <WrittenFile
        name={t("requests.write.text")}
        file={`request-${id}.json`}
        text={text}
        data-testid="request-written"
      />
      <p className={styles.text}>
        <Prose text={t("requests.write.next")} />
      </p>
    </Dialog>
  );
}
