import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type {
  ClientCommand,
  ClientCommands,
  CommandSnippet,
  RepositoryKey,
  SnippetKind,
} from "../../api/types";
import { CodeBlock } from "../../components/CodeBlock";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import styles from "./Commands.module.css";

/** Login, push and pull commands of each client, and the `image:` line. */
export function Commands({
  repositoryKey,
  tag,
  digest,
}: {
  repositoryKey: RepositoryKey;
  tag: string | null;
  digest: string | null;
}) {
  const request = { repository: repositoryKey, tag, digest };
  const commands = useQuery({
    queryKey: [...keys.clientCommands(repositoryKey), tag, digest],
    queryFn: () => api.clientCommands(request),
  });
  if (commands.error) {
    return <ErrorState error={commands.error} onRetry={() => void commands.refetch()} compact />;
  }
  return commands.data ? (
    <CommandTabs commands={commands.data} sandbox={repositoryKey.registry.space === "sandbox"} />
  ) : (
    <SkeletonLines lines={5} />
  );
}

/** What belongs to a cluster; the others belong to pipelines. */
const CLUSTER: ReadonlySet<SnippetKind> = new Set(["pod", "deployment", "nodeRole", "pullSecret"]);

/** The client that was chosen last, for the session. */
const CLIENT = "longshore.client";

function lastClient({ clients }: ClientCommands): string {
  const last = sessionStorage.getItem(CLIENT);
  return (clients.find(({ client }) => client === last) ?? clients[0])?.client ?? "";
}

function CommandTabs({ commands, sandbox }: { commands: ClientCommands; sandbox: boolean }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(() => lastClient(commands));
  const choose = (client: string) => {
    sessionStorage.setItem(CLIENT, client);
    setChosen(client);
  };
  const kubernetes = commands.kubernetesByTag ?? commands.kubernetesByDigest;
  const pipelines = commands.snippets.filter(({ kind }) => !CLUSTER.has(kind));
  return (
    <div className={styles.commands}>
      <Tabs
        label={t("images.commandsDialog.clients")}
        value={chosen}
        onChange={choose}
        data-testid="client"
        tabs={[
          ...commands.clients.map((client) => ({
            value: client.client,
            label: client.client,
            content: <ClientBlocks client={client} />,
          })),
          ...(kubernetes
            ? [
                {
                  value: "kubernetes",
                  label: t("images.commandsDialog.kubernetes"),
                  content: <KubernetesBlocks commands={commands} />,
                },
              ]
            : []),
          ...(pipelines.length > 0
            ? [
                {
                  value: "pipelines",
                  label: t("images.commandsDialog.pipelines"),
                  content: <Snippets snippets={pipelines} />,
                },
              ]
            : []),
        ]}
      />
      <p className={styles.note}>
        {t(sandbox ? "images.commandsDialog.sandboxKey" : "images.commandsDialog.noToken")}
      </p>
    </div>
  );
}

function ClientBlocks({ client }: { client: ClientCommand }) {
  const { t } = useTranslation();
  return (
    <>
      <Block name={t("images.commandsDialog.login")} text={client.login} testId="command-login" />
      <Block
        name={t("images.commandsDialog.loginAws")}
        text={client.loginWithAws}
        testId="command-login-aws"
      />
      <Block name={t("images.commandsDialog.push")} text={client.push} testId="command-push" />
      <Block name={t("images.commandsDialog.pull")} text={client.pull} testId="command-pull" />
    </>
  );
}

function KubernetesBlocks({ commands }: { commands: ClientCommands }) {
  const { t } = useTranslation();
  const { kubernetesByTag, kubernetesByDigest } = commands;
  return (
    <>
      {kubernetesByTag && (
        <Block name={t("images.commandsDialog.byTag")} text={kubernetesByTag} testId="kubernetes-tag" />
      )}
      {kubernetesByDigest && (
        <Block
          name={t("images.commandsDialog.byDigest")}
          text={kubernetesByDigest}
          testId="kubernetes-digest"
        />
      )}
      <Snippets snippets={commands.snippets.filter(({ kind }) => CLUSTER.has(kind))} />
    </>
  );
}

/** Texts with what to know about each. */
function Snippets({ snippets }: { snippets: CommandSnippet[] }) {
  const { t } = useTranslation();
  return snippets.map(({ kind, text, notes }) => (
    <div key={kind}>
      <Block name={t(`images.commandsDialog.snippets.${kind}`)} text={text} testId={`snippet-${kind}`} />
      {notes.map((note) => (
        <p key={note} className={styles.note}>
          {note}
        </p>
      ))}
    </div>
  ));
}

function Block({ name, text, testId }: { name: string; text: string; testId: string }) {
  return (
    <div className={styles.block}>
      <h3 className={styles.name}>{name}</h3>
      <CodeBlock text={text} name={name} wrap data-testid={testId} />
    </div>
  );
}
