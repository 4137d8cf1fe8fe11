import { useTranslation } from "react-i18next";
import type { BoardCell } from "../../../../api/types";
import { shortDigest } from "../../../../components/format";

const short = (digest: string | null) => (digest ? shortDigest(digest) : "—");

/** The sentences of a cell's marks. */
export function useMarkTexts(cell: BoardCell): { drift: string[]; all: string[] } {
  const { t } = useTranslation();
  const drift = cell.drift.map(({ place, tag, recorded, found }) =>
    found === null
      ? t("board.driftGone", { place, tag, recorded: short(recorded) })
      : t("board.driftMoved", { place, tag, recorded: short(recorded), found: short(found) }),
  );
  const behind = cell.behind ? [t("board.behindText", { count: cell.behind })] : [];
  const seen = cell.firstSeen ? [t("board.firstSeenText")] : [];
  const own = [cell.block, cell.hold].filter((text) => text !== null);
  return { drift, all: [...own, ...drift, ...cell.differing, ...behind, ...seen] };
}
