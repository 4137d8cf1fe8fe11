import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { registryId } from "../../api/keys";
import type {
  ImageRow,
  RegistryKey,
  ReplicationStatus,
  RepositoryKey,
  StatementInput,
} from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { RegistryName } from "../frame/RegistryName";
import { useReview } from "../plans/PlanProvider";
import { CheckReadiness } from "../readiness/CheckReadiness";
import styles from "./ImagePanel.module.css";
import { replicationLook } from "./imageText";
import { CompletePill, TagsThere } from "./TagsThere";
import { useArrivals } from "./useArrivals";

/** Where an image is replicated to, the progress, and the actions after a failure. */
export function ImageReplication({
  repositoryKey,
  image,
}: {
  repositoryKey: RepositoryKey;
  image: ImageRow;
}) {
  const { t } = useTranslation();
  const arrivals = useArrivals(repositoryKey, image);
  const failed = arrivals.error !== null && !arrivals.isFetching;
  return (
    <section className={styles.section}>
      <div className={styles.line}>
        <h3 className={styles.heading}>{t("images.panel.replication")}</h3>
        {arrivals.data && (
          <Button
            size="small"
            variant="ghost"
            busy={arrivals.isFetching}
            onClick={() => void arrivals.refetch()}
            data-testid="arrivals-again"
          >
            {t("images.arrival.again")}
          </Button>
        )}
      </div>
      {failed && <ErrorState error={arrivals.error} compact onRetry={() => void arrivals.refetch()} />}
      {image.replication.length === 0 && image.notReplicated.length === 0 && (
        <p className={styles.muted}>{t("images.panel.noReplication")}</p>
      )}
      {image.replication.map((status) => (
        <Destination
          key={`${status.destination.account}/${status.destination.region}`}
          repositoryKey={repositoryKey}
          image={image}
          status={status}
          arrivals={arrivals}
        />
      ))}
      <NotReplicated repositoryKey={repositoryKey} image={image} />
    </section>
  );
}

/** Destinations of rules that the image was not sent to, and how to copy it there. */
function NotReplicated({ repositoryKey, image }: { repositoryKey: RepositoryKey; image: ImageRow }) {
  const { t } = useTranslation();
  const review = useReview();
  if (image.notReplicated.length === 0) return null;
  return (
    <>
      {image.notReplicated.map((destination) => (
        <div
          key={registryId(destination)}
          className={styles.replication}
          data-testid={`not-replicated-${destination.account}-${destination.region}`}
        >
          <div className={styles.line}>
            <RegistryName registry={destination} />
            <StatusPill status="skipped">{t("images.replicationState.notReplicated")}</StatusPill>
            <Button
              size="small"
              onClick={() =>
                review({
                  request: {
                    change: "replicateAgain",
                    image: { repository: repositoryKey, digest: image.digest },
                    destination,
                  },
                })
              }
              data-testid="copy-now"
            >
              {t("images.panel.copyNow")}
            </Button>
          </div>
        </div>
      ))}
      <p className={styles.muted}>{t("images.panel.notReplicatedText")}</p>
    </>
  );
}

function Destination({
  repositoryKey,
  image,
  status,
  arrivals,
}: {
  repositoryKey: RepositoryKey;
  image: ImageRow;
  status: ReplicationStatus;
  arrivals: ReturnType<typeof useArrivals>;
}) {
  const { t } = useTranslation();
  const complete = status.state === "complete";
  const arrived = complete && arrivals.data?.[registryId(status.destination)];
  const review = useReview();
  const fix = useFix(repositoryKey, status);
  const failed = status.state === "failed";
  return (
    <div
      className={styles.replication}
      data-testid={`destination-${status.destination.account}-${status.destination.region}`}
    >
      <div className={styles.line}>
        <RegistryName registry={status.destination} />
        {complete ? (
          <CompletePill tags={image.tags} read={arrivals} destination={status.destination} />
        ) : (
          <StatusPill status={replicationLook(status.state)}>
            {t(`images.replicationState.${status.state}`)}
          </StatusPill>
        )}
      </div>
      {arrived && <TagsThere image={image} arrived={arrived} />}
      {status.failureCode && (
        <p className={styles.muted}>{t("images.panel.failureCode", { code: status.failureCode })}</p>
      )}
      {status.cause && <ErrorState error={status.cause} compact />}
      {failed && (
        <>
          <div className={styles.line}>
            {status.fixable && (
              <Button
                variant="primary"
                size="small"
                busy={fix.isPending}
                onClick={() => fix.mutate()}
                data-testid="replication-fix"
              >
                {t("images.panel.fix")}
              </Button>
            )}
            <Button
              size="small"
              onClick={() =>
                review({
                  request: {
                    change: "replicateAgain",
                    image: { repository: repositoryKey, digest: image.digest },
                    destination: status.destination,
                  },
                })
              }
              data-testid="replicate-again"
            >
              {t("images.panel.again")}
            </Button>
            <CheckReadiness registry={repositoryKey.registry} />
          </div>
          <p className={styles.muted}>{t("images.panel.againHint")}</p>
          {fix.error && <ErrorState error={fix.error} compact />}
        </>
      )}
    </div>
  );
}

/** The scope of the failed rule: its prefixes, or this repository if the rule no longer exists. */
async function replicated({ registry, repository }: RepositoryKey, destination: RegistryKey) {
  const { rules } = await api.replication(registry);
  const rule = rules.find(
    ({ destinations, filters }) =>
      destinations.some((each) => registryId(each.registry) === registryId(destination)) &&
      (filters.length === 0 || filters.some((prefix) => repository.startsWith(prefix))),
  );
  return { prefixes: rule ? rule.filters : [repository], allRepositories: rule?.filters.length === 0 };
}

/** Plans the statement that the destination needs for the rule. */
function useFix(repositoryKey: RepositoryKey, status: ReplicationStatus) {
  const review = useReview();
  return useMutation({
    mutationFn: async () => {
      const statement: StatementInput = {
        registry: status.destination,
        statementType: "replicationCrossAccount",
        sid: "ReplicationAccessCrossAccount",
        accounts: [repositoryKey.registry.account],
        ...(await replicated(repositoryKey, status.destination)),
        createRepository: true,
      };
      const { freeSid } = await api.previewStatement(statement);
      return freeSid ? { ...statement, sid: freeSid } : statement;
    },
    onSuccess: (statement) => review({ request: { change: "addStatement", statement } }),
  });
}
