import { useNavigate } from "@tanstack/react-router";
import { Boxes, SearchX } from "lucide-react";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { RepositoryRow, RepositorySort, RepositoryWindow } from "../../api/types";
import { Button } from "../../components/Button";
import { DataGrid, type Sorting } from "../../components/DataGrid";
import { Notice } from "../../components/Findings";
import { SearchField } from "../../components/SearchField";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { useRowWindow } from "../../components/useRowWindow";
import { Ago } from "../../components/Values";
import { NoAccounts } from "../frame/NoAccounts";
import { RegistryName } from "../frame/RegistryName";
import { useScope, useScopeRegistries } from "../frame/scope";
import styles from "./Lists.module.css";
import { repositoryColumns } from "./repositoryColumns";

const rowKey = (row: RepositoryRow) => `${registryId(row.registry)}/${row.name}`;

/** The repositories of the scope. */
export function RepositoryList({ onCreate }: { onCreate: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { scope, registry } = useScope();
  const registries = useScopeRegistries();
  const [text, setText] = useState("");
  const [sorting, setSorting] = useState<Sorting>({ column: "name", direction: "ascending" });
  const wanted = useDeferredValue(text.trim());
  const sort = sorting.column as RepositorySort;
  const { direction } = sorting;
  const request = { scope, text: wanted, sort, direction };
  const list = useRowWindow<RepositoryRow, RepositoryWindow>(
    [...keys.repositories, request],
    (offset, limit) => api.repositories({ ...request, offset, limit }),
  );
  const columns = useMemo(() => repositoryColumns(t, registry === null), [t, registry]);
  const open = useCallback(
    (row: RepositoryRow) =>
      void navigate({
        to: "/images/repository",
        search: { ...row.registry, repository: row.name },
      }),
    [navigate],
  );
  return (
    <div className={styles.list}>
      <div className={styles.toolbar}>
        <SearchField
          label={t("images.filter")}
          value={text}
          onChange={setText}
          className={styles.filter}
          data-testid="repository-filter"
        />
        {list.total !== undefined && (
          <span className={styles.count} data-testid="repository-count">
            <Count window={list.latest} total={list.total} />
          </span>
        )}
      </div>
      <Problems window={list.latest} text={wanted} />
      {list.error ? (
        <ErrorState error={list.error} onRetry={list.refetch} />
      ) : list.total === undefined ? (
        <div className={styles.waiting}>
          <SkeletonLines lines={8} />
        </div>
      ) : list.total === 0 && registries.length === 0 ? (
        <NoAccounts icon={<Boxes />} />
      ) : list.total === 0 ? (
        <NoRepositories window={list.latest} text={wanted} onCreate={onCreate} />
      ) : (
        <DataGrid
          label={t("images.title")}
          columns={columns}
          total={list.total}
          rowAt={list.rowAt}
          rowKey={rowKey}
          onRange={list.onRange}
          onOpen={open}
          sorting={sorting}
          onSort={setSorting}
          resetKey={JSON.stringify(request)}
          minWidth={registry === null ? 1060 : 906}
          data-testid="repository-grid"
        />
      )}
    </div>
  );
}

/** How many repositories are listed, as of when. Of registries that were not read, none is no number. */
function Count({ window, total }: { window: RepositoryWindow | undefined; total: number }) {
  const { t } = useTranslation();
  if (!window) return null;
  const { asOf, unread, problems } = window;
  const known = total > 0 || (asOf !== null && unread === 0 && problems.length === 0);
  return (
    <>
      {known && t("images.count", { count: total })}
      {known && asOf && (
        <>
          {" · "}
          {t("common.asOf")} <Ago at={asOf} />
        </>
      )}
      {known && unread > 0 && " · "}
      {unread > 0 && t("images.unread", { count: unread })}
    </>
  );
}

/** Why no repository is listed. Registries that were not read may have some. */
function NoRepositories({
  window,
  text,
  onCreate,
}: {
  window: RepositoryWindow | undefined;
  text: string;
  onCreate: () => void;
}) {
  const { t } = useTranslation();
  // The registries that cannot be read are listed above.
  if (window && isUnknown(window, text)) return null;
  if (!window?.asOf || window.unread > 0) {
    return (
      <div className={styles.waiting} data-testid="repositories-unread">
        <p>{t("images.reading")}</p>
        <SkeletonLines lines={8} />
      </div>
    );
  }
  return text === "" ? (
    <EmptyState
      icon={<Boxes />}
      title={t("images.none")}
      text={t("images.noneText")}
      actions={<Button onClick={onCreate}>{t("images.create")}</Button>}
    />
  ) : (
    <EmptyState icon={<SearchX />} title={t("images.noMatch", { text })} text={t("images.noMatchText")} />
  );
}

/** Whether nothing can be said, because registries cannot be read. */
function isUnknown({ total, problems, asOf }: RepositoryWindow, text: string): boolean {
  return problems.length > 0 && total === 0 && (text === "" || asOf === null);
}

/** How many registries that cannot be read are listed at first: the repositories are below them. */
const PROBLEMS_SHOWN = 3;

function Problems({ window, text }: { window: RepositoryWindow | undefined; text: string }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  if (!window || window.problems.length === 0) return null;
  const count = window.problems.length;
  const shown = all ? window.problems : window.problems.slice(0, PROBLEMS_SHOWN);
  return (
    <div className={styles.problems} data-testid="registry-problems">
      <Notice severity="warning">
        <p>
          {t(isUnknown(window, text) ? "images.unreadable" : "images.problems", {
            count,
          })}
        </p>
        <ul className={styles.problemList}>
          {shown.map(({ registry, error }) => (
            <li key={registryId(registry)}>
              <RegistryName registry={registry} />: {error.message} {error.hint}
            </li>
          ))}
        </ul>
        {count > PROBLEMS_SHOWN && (
          <Button
            variant="ghost"
            size="small"
            onClick={() => setAll(!all)}
            data-testid="registry-problems-all"
          >
            {t(all ? "images.problemsFewer" : "images.problemsAll", { count })}
          </Button>
        )}
      </Notice>
    </div>
  );
}
