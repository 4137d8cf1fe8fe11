import { Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { BoardCell } from "../../../../api/types";
import { IconButton } from "../../../../components/Button";
import { Menu, type MenuItem } from "../../../../components/Menu";
import type { CellAct } from "../../act/act";
import type { BoardMoves } from "../moves";

/** What can be done with a service in a stage. */
export function CellMenu({ service, cell, moves }: { service: string; cell: BoardCell; moves: BoardMoves }) {
  const { t } = useTranslation();
  const { stage, digest, hold, block } = cell;
  const item = (kind: CellAct["kind"], more: Partial<MenuItem> = {}): MenuItem => ({
    id: kind,
    label: kind === "promote" || kind === "request" ? "" : t(`board.actions.${kind}`),
    onSelect: () => moves.act({ kind, service, cell }),
    ...more,
  });
  const targets = digest === null ? [] : moves.targets(stage);
  const entered = moves.isEntered(stage);
  const items = [
    ...targets.map((to) =>
      item("promote", {
        id: `promote-${to}`,
        label: t("board.actions.promote", { stage: to }),
        onSelect: () => moves.act({ kind: "promote", service, cell, to }),
      }),
    ),
    ...targets.map((to) =>
      item("request", {
        id: `request-${to}`,
        label: t("board.actions.request", { stage: to }),
        onSelect: () => moves.act({ kind: "request", service, cell, to }),
      }),
    ),
    ...(digest === null
      ? []
      : [
          {
            id: "build",
            label: t("board.actions.build"),
            onSelect: () => moves.show(service, cell),
            separated: targets.length > 0,
          },
        ]),
    ...(entered && digest !== null ? [item("rollBack")] : []),
    ...(entered ? [item(hold === null ? "hold" : "resume")] : []),
    ...(digest === null ? [] : [item(block === null ? "block" : "unblock")]),
  ];
  if (items.length === 0) return null;
  return (
    <Menu
      align="end"
      trigger={
        <IconButton
          label={t("board.actions.stage", { service, stage })}
          icon={<Ellipsis />}
          data-testid={`cell-actions-${service}-${stage}`}
        />
      }
      items={items}
      data-testid="cell-menu"
    />
  );
}
