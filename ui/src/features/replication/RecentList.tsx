import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Images } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { RecentReplication, RegistryKey, RuleView } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Prose } from "../../components/Prose";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Ago, Digest, LongName } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import { useReview } from "../plans/PlanProvider";
import { CheckReadiness } from "../readiness/CheckReadiness";
import styles from "./RecentList.module.css";

const LIMIT = 100;

const looks = { inProgress: "progress", complete: "complete", failed: "failed" } as const;

/** The newest images that were or should have been replicated, each with its status. */
export function RecentList({ registry, rule }: { registry: RegistryKey; rule?: RuleView }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.recentReplications, registryId(registry)],
    queryFn: () => api.recentReplications({ registry, space: registry.space, limit: LIMIT }),
  });
  if (!read.data) {
    return read.error ? (
      <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
    ) : (
      <div className={styles.waiting}>
        <SkeletonLines lines={4} />
      </div>
    );
  }
  const rows = rule ? read.data.filter((row) => belongs(row, rule)) : read.data;
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={<Images />}
        title={t("replication.recent.none")}
        text={t("replication.recent.noneText")}
      />
    );
  }
  return (
    <ul className={styles.list} data-testid="recent-replications">
      {rows.map((row) => (
        <Row
          key={`${row.repository}@${row.digest} ${registryId(row.status.destination)}`}
          row={row}
          rule={rule?.id}
        />
      ))}
    </ul>
  );
}

// By destination; two rules with the same destination share their images.
function belongs(row: RecentReplication, rule: RuleView): boolean {
  const to = registryId(row.status.destination);
  return (
    rule.destinations.some((each) => registryId(each.registry) === to) &&
    (rule.filters.length === 0 || rule.filters.some((filter) => row.repository.startsWith(filter)))
  );
}

function Row({ row, rule }: { row: RecentReplication; rule: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const review = useReview();
  const { status, registry, repository, digest } = row;
  const [tag] = row.tags;
  return (
    <li className={styles.row} data-testid="recent-row" data-state={status.state}>
      <StatusPill
        status={looks[status.state]}
        {...(status.state === "complete" ? { title: t("images.arrival.perDigest") } : {})}
      >
        {t(`replication.recent.${status.state}`)}
      </StatusPill>
      <button
        type="button"
        className={styles.image}
        onClick={() =>
          void navigate({ to: "/images/repository", search: { ...registry, repository, image: digest } })
        }
      >
        <LongName text={tag ? `${repository}:${tag}` : repository} />
      </button>
      <Digest value={digest} />
      <span className={styles.to}>
        <span aria-hidden="true">→</span> <RegistryName registry={status.destination} />
      </span>
      <span className={styles.pushed}>
        <Ago at={row.pushed} />
      </span>
      {status.state === "failed" && (
        <div className={styles.failure}>
          <p>
            <Prose
              text={
                status.cause?.message ??
                t("replication.recent.unknownCause", { code: status.failureCode ?? "" })
              }
            />{" "}
            {status.cause?.hint && <Prose text={status.cause.hint} />}
          </p>
          <span className={styles.actions}>
            <CheckReadiness registry={registry} rule={rule} />
            {status.fixable && (
              <Button
                size="small"
                onClick={() => {
                  const { account, region } = status.destination;
                  void navigate({ to: "/permissions", search: { account, region } });
                }}
                data-testid="recent-fix"
              >
                {t("replication.recent.fix")}
              </Button>
            )}
            <Button
              size="small"
              onClick={() =>
                review({
                  request: {
                    change: "replicateAgain",
                    image: { repository: { registry, repository }, digest },
                    destination: status.destination,
                  },
                })
              }
              data-testid="recent-again"
            >
              {t("replication.recent.again")}
            </Button>
          </span>
        </div>
      )}
    </li>
  );
}
