import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { PathKey, Space } from "../../../api/types";
import { IconButton } from "../../../components/Button";
import { Page, PageHeader } from "../../../components/PageHeader";
import { Prose } from "../../../components/Prose";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { useScopeRegistries } from "../../frame/scope";
import { ExternalGates } from "./ExternalGates";
import { examplePath } from "./example";
import { PathEditor } from "./PathEditor";
import styles from "./Paths.module.css";

/** A path as a file: a stored one, or a new one. */
export function PathPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, path } = useSearch({ from: "/promotion/path" });
  const back = () => void navigate({ to: "/promotion", search: {} });
  return (
    <Page
      name="path"
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={t("promotion.back")}
                icon={<ChevronLeft />}
                onClick={back}
                data-testid="path-back"
              />
              {path === undefined ? t("paths.editor.titleNew") : t("paths.editor.title", { name: path })}
            </>
          }
          subtitle={
            <span>
              <Prose text={t("paths.editor.about")} />
            </span>
          }
        />
      }
    >
      {path === undefined ? (
        <NewPath key={space} space={space} onDone={back} />
      ) : (
        <StoredPath key={`${space} ${path}`} path={{ space, name: path }} onDone={back} />
      )}
    </Page>
  );
}

function NewPath({ space, onDone }: { space: Space; onDone: () => void }) {
  const { t } = useTranslation();
  const registries = useScopeRegistries();
  const start = examplePath(registries, t("paths.editor.exampleComment"));
  return <PathEditor space={space} start={start} name={null} onDone={onDone} />;
}

function StoredPath({ path, onDone }: { path: PathKey; onDone: () => void }) {
  const read = useQuery({
    queryKey: [...keys.promotions, "path", path],
    queryFn: () => api.path(path),
    // What is being edited must not change under the person's hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (!read.data) {
    return read.error && !read.isFetching ? (
      <ErrorState error={read.error} onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={8} />
    );
  }
  return (
    <div className={styles.page}>
      <PathEditor space={path.space} start={read.data.text} name={path.name} onDone={onDone} />
      <ExternalGates path={path} />
    </div>
  );
}
