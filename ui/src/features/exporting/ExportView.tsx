import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { ExportFormat, ExportSubject } from "../../api/types";
import { CodeBlock } from "../../components/CodeBlock";
import { Notice } from "../../components/Findings";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import styles from "./Exporting.module.css";

const formats = {
  cli: "cli",
  json: "json",
  terraform: "terraform",
  cloudformation: "cloudFormation",
} as const satisfies Record<string, ExportFormat>;

type Name = keyof typeof formats;

/** A configuration or a plan in its export formats; a format that cannot express it says why. */
export function ExportView({ what, version }: { what: ExportSubject; version: string }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Name>("cli");
  return (
    <Tabs<Name>
      label={t("replication.export.title")}
      value={shown}
      onChange={setShown}
      data-testid="export"
      tabs={(Object.keys(formats) as Name[]).map((name) => ({
        value: name,
        label: t(`replication.export.${name}`),
        content: shown === name && <ExportText what={what} name={name} version={version} />,
      }))}
    />
  );
}

function ExportText({ what, name, version }: { what: ExportSubject; name: Name; version: string }) {
  const { t } = useTranslation();
  const read = useQuery({
    // The text follows the document that it was made from.
    queryKey: ["export", what, name, version],
    queryFn: () => api.export({ what, format: formats[name] }),
    gcTime: 0,
  });
  if (!read.data) {
    return read.error ? (
      <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={5} />
    );
  }
  const { text, refusal, fileName } = read.data;
  return (
    <>
      {refusal && (
        <div data-testid="export-refusal">
          <Notice severity="warning">{refusal}</Notice>
        </div>
      )}
      {text !== null && (
        <>
          <p className={styles.muted}>
            {t(`replication.export.${name}Note`)} <code>{fileName}</code>
          </p>
          <CodeBlock name={fileName} file={fileName} text={text} maxHeight={460} data-testid="export-text" />
        </>
      )}
    </>
  );
}
