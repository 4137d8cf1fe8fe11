import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BoardCell, BuildView, Space } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { ActDialog } from "../act/ActDialog";

/** Whether a build is blocked on every path, and the way to change that. */
export function BlockState({ space, path, build }: { space: Space; path: string; build: BuildView }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<"block" | "unblock" | null>(null);
  const { digest, block, service } = build;
  const [place] = build.places;
  const cell: BoardCell = {
    stage: place?.stage ?? "",
    digest,
    tag: place?.tags[0] ?? null,
    since: place?.since ?? null,
    firstSeen: false,
    by: null,
    behind: null,
    drift: [],
    hold: null,
    block,
    differing: [],
  };
  return (
    <>
      {block !== null && (
        <Badge tone="danger" title={block} data-testid="build-blocked">
          {t("board.blocked")}
        </Badge>
      )}
      <Button onClick={() => setKind(block === null ? "block" : "unblock")} data-testid="build-block">
        {t(block === null ? "board.actions.block" : "board.actions.unblock")}
      </Button>
      {kind && (
        <ActDialog space={space} path={path} act={{ kind, service, cell }} onClose={() => setKind(null)} />
      )}
    </>
  );
}
