import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import { IconButton } from "../../../components/Button";
import { shortDigest } from "../../../components/format";
import { Page, PageHeader } from "../../../components/PageHeader";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { BlockState } from "./BlockState";
import styles from "./Build.module.css";
import { Contents } from "./Contents";
import { Places } from "./Places";

/** A build of a service: what it is made of, where it is and where it was. */
export function BuildPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, path, service, build, stage } = useSearch({ from: "/promotion/build" });
  const request = { space, path, service, build, stage: stage ?? null };
  const read = useQuery({
    queryKey: [...keys.promotions, "build", request],
    queryFn: () => api.build(request),
  });
  const { data } = read;
  return (
    <Page
      name="build"
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={t("build.back")}
                icon={<ChevronLeft />}
                onClick={() => void navigate({ to: "/promotion/board", search: { space, path } })}
                data-testid="build-back"
              />
              {t("build.title", { service })}
            </>
          }
          subtitle={<code>{data ? shortDigest(data.digest) : shortDigest(build)}</code>}
          actions={data && <BlockState space={space} path={path} build={data} />}
        />
      }
    >
      {data ? (
        <div className={styles.page}>
          {read.error && !read.isFetching && (
            <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
          )}
          <Contents build={data} />
          <Places space={space} build={data} />
        </div>
      ) : read.error && !read.isFetching ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : (
        <SkeletonLines lines={8} />
      )}
    </Page>
  );
}
