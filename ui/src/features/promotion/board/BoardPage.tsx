import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, RefreshCw } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { PathKey } from "../../../api/types";
import { Button, IconButton } from "../../../components/Button";
import { Notice } from "../../../components/Findings";
import { Page, PageHeader } from "../../../components/PageHeader";
import { ErrorState, SkeletonLines, Unread } from "../../../components/States";
import { Ago } from "../../../components/Values";
import { useBoard, useHolds, usePaths } from "../queries";
import { Banners } from "./Banners";
import styles from "./Board.module.css";
import { BoardView } from "./BoardView";
import { ReleaseSetMenu } from "./ReleaseSetMenu";

/** The board of a path: which build of each service is in each stage. */
export function BoardPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { space, path: name } = useSearch({ from: "/promotion/board" });
  const key = useMemo<PathKey>(() => ({ space, name }), [space, name]);
  const board = useBoard(key);
  const paths = usePaths(space);
  const holds = useHolds(space);
  const path = paths.data?.find((each) => each.name === name);
  const again = () => {
    void board.refetch();
    void holds.refetch();
  };
  return (
    <Page
      name="board"
      fill
      header={
        <PageHeader
          title={
            <>
              <IconButton
                label={t("promotion.back")}
                icon={<ChevronLeft />}
                onClick={() => void navigate({ to: "/promotion", search: {} })}
                data-testid="board-back"
              />
              {t("board.title", { path: name })}
            </>
          }
          subtitle={
            board.data && (
              <span>
                {t("board.readAt")} <Ago at={board.data.at} />
              </span>
            )
          }
          actions={
            <>
              <Button
                icon={<RefreshCw />}
                busy={board.isFetching}
                onClick={again}
                data-testid="board-refresh"
              >
                {t("common.refresh")}
              </Button>
              {path && <ReleaseSetMenu path={path} />}
            </>
          }
        />
      }
    >
      <div className={styles.above}>
        <Unread read={paths} />
        <Unread read={holds} />
        <Banners path={path} holds={holds.data} />
        {board.data && board.error && (
          <Notice severity="warning">
            {t("board.old")} {board.error.message}
          </Notice>
        )}
      </div>
      {board.data ? (
        <BoardView space={space} board={board.data} path={path} />
      ) : board.error && !board.isFetching ? (
        <ErrorState error={board.error} onRetry={again} />
      ) : (
        <div className={styles.waiting}>
          <SkeletonLines lines={8} />
        </div>
      )}
    </Page>
  );
}
