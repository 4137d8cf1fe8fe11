import { useNavigate } from "@tanstack/react-router";
import { Milestone } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PathRow, Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { Ago } from "../../../components/Values";
import { usePaths } from "../queries";
import styles from "./Paths.module.css";
import { StageChain } from "./StageChain";

/** The paths of a space, or what a path is. */
export function PathList({ space }: { space: Space }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const read = usePaths(space);
  if (!read.data) {
    return read.error ? (
      <ErrorState error={read.error} onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={6} />
    );
  }
  if (read.data.length === 0) {
    return (
      <EmptyState
        icon={<Milestone />}
        title={t("paths.empty")}
        text={t("paths.emptyText")}
        actions={
          <Button
            variant="primary"
            onClick={() => void navigate({ to: "/promotion/path", search: { space } })}
            data-testid="path-first"
          >
            {t("paths.new")}
          </Button>
        }
      />
    );
  }
  return (
    <ul className={styles.paths} aria-label={t("paths.list")}>
      {read.data.map((path) => (
        <PathItem key={path.name} path={path} />
      ))}
    </ul>
  );
}

function PathItem({ path }: { path: PathRow }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, name, services } = path;
  return (
    <li className={styles.path} data-testid={`path-${name}`}>
      <div className={styles.head}>
        <h2 className={styles.name}>{name}</h2>
        <div className={styles.actions}>
          <Button
            size="small"
            onClick={() => void navigate({ to: "/promotion/path", search: { space, path: name } })}
            data-testid={`path-edit-${name}`}
          >
            {t("paths.edit")}
          </Button>
          <Button
            variant="primary"
            size="small"
            onClick={() => void navigate({ to: "/promotion/board", search: { space, path: name } })}
            data-testid={`path-open-${name}`}
          >
            {t("paths.open")}
          </Button>
        </div>
      </div>
      <StageChain space={space} stages={path.stages} />
      <p className={styles.muted}>
        {services.length > 0 ? t("paths.services", { names: services.join(", ") }) : t("paths.allServices")}
        {" · "}
        {t("paths.changed")} <Ago at={path.changed} />
      </p>
    </li>
  );
}
