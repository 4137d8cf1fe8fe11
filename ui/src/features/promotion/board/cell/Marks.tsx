import { useTranslation } from "react-i18next";
import type { BoardCell } from "../../../../api/types";
import { Badge } from "../../../../components/Badge";
import { useMarkTexts } from "./useMarkTexts";

/** What is remarkable about a cell, in a word each; the details have the sentences. */
export function Marks({ cell }: { cell: BoardCell }) {
  const { t } = useTranslation();
  const texts = useMarkTexts(cell);
  const { behind, hold, block, drift, differing } = cell;
  return (
    <>
      {block !== null && (
        <Badge tone="danger" title={block} data-testid="mark-blocked">
          {t("board.blocked")}
        </Badge>
      )}
      {hold !== null && (
        <Badge tone="warning" title={hold} data-testid="mark-held">
          {t("board.held")}
        </Badge>
      )}
      {drift.length > 0 && (
        <Badge tone="warning" title={texts.drift.join("\n")} data-testid="mark-moved">
          {t("board.moved")}
        </Badge>
      )}
      {differing.length > 0 && cell.digest !== null && (
        <Badge tone="warning" title={differing.join("\n")} data-testid="mark-differs">
          {t("board.differs")}
        </Badge>
      )}
      {behind !== null && behind > 0 && (
        <Badge title={t("board.behindText", { count: behind })} data-testid="mark-behind">
          {t("board.behind", { count: behind })}
        </Badge>
      )}
    </>
  );
}
