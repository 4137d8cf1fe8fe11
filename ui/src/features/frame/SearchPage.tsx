import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, repositoryId } from "../../api/keys";
import type { SearchHit } from "../../api/types";
import { type Column, DataGrid } from "../../components/DataGrid";
import { Page, PageHeader } from "../../components/PageHeader";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { Digest, LongName } from "../../components/Values";
import { RegistryName } from "./RegistryName";
import { useScope } from "./scope";

/** Everything that matches a text, in the scope. */
export function SearchPage() {
  const { t } = useTranslation();
  const { q } = useSearch({ from: "/search" });
  const { scope } = useScope();
  const found = useQuery({
    queryKey: [...keys.search, scope, q, "page"],
    queryFn: () => api.search({ scope, text: q, limit: 200 }),
    enabled: q !== "",
  });
  const count = found.data?.total ?? 0;
  const shown = found.data?.hits.length ?? 0;
  return (
    <Page
      name="search"
      fill
      header={
        <PageHeader
          title={t("frame.search.title")}
          subtitle={
            q === ""
              ? t("frame.search.prompt")
              : [
                  t("frame.search.subtitle", { count, text: q }),
                  shown < count && t("frame.search.first", { count: shown }),
                ]
                  .filter(Boolean)
                  .join(" · ")
          }
        />
      }
    >
      {found.error ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        q !== "" && <SkeletonLines lines={6} />
      ) : count === 0 ? (
        <EmptyState icon={<Search />} title={t("frame.search.none", { text: q })} />
      ) : (
        <Hits hits={found.data.hits} />
      )}
    </Page>
  );
}

function Hits({ hits }: { hits: SearchHit[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const columns = useMemo<Column<SearchHit>[]>(
    () => [
      {
        id: "repository",
        header: t("frame.search.repository"),
        width: "minmax(200px, 2fr)",
        cell: (hit) => <LongName text={hit.repository.repository} />,
      },
      {
        id: "tag",
        header: t("frame.search.tag"),
        width: "minmax(100px, 1fr)",
        cell: (hit) => hit.tag && <LongName text={hit.tag} />,
      },
      {
        id: "digest",
        header: t("frame.search.digest"),
        width: "150px",
        cell: (hit) => hit.digest && <Digest value={hit.digest} />,
      },
      {
        id: "registry",
        header: t("frame.search.registry"),
        width: "minmax(150px, 1fr)",
        cell: (hit) => <RegistryName registry={hit.repository.registry} />,
      },
    ],
    [t],
  );
  const open = useCallback(
    (hit: SearchHit) => {
      const { registry, repository } = hit.repository;
      void navigate({
        to: "/images/repository",
        search: { ...registry, repository, ...(hit.digest ? { image: hit.digest } : {}) },
      });
    },
    [navigate],
  );
  return (
    <DataGrid
      label={t("frame.search.results")}
      columns={columns}
      total={hits.length}
      rowAt={(index) => hits[index]}
      rowKey={(hit) => `${repositoryId(hit.repository)} ${hit.digest} ${hit.tag}`}
      onOpen={open}
      data-testid="search-grid"
    />
  );
}
