import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PathRow } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Menu } from "../../../components/Menu";
import { useReview } from "../../plans/PlanProvider";

/** Promotes every service as it is in a stage, as one plan. */
export function ReleaseSetMenu({ path }: { path: PathRow }) {
  const { t } = useTranslation();
  const review = useReview();
  const { space, name } = path;
  const items = path.stages.flatMap(({ name: stage, from }) =>
    from === null
      ? []
      : [
          {
            id: stage,
            label: t("board.set.item", { from, stage }),
            onSelect: () =>
              review({
                request: {
                  change: "promoteSet",
                  space,
                  path: name,
                  from,
                  stage,
                  overrideReason: null,
                  approvals: [],
                },
              }),
          },
        ],
  );
  if (items.length === 0) return null;
  return (
    <Menu
      align="end"
      trigger={
        <Button icon={<ChevronDown />} data-testid="release-set">
          {t("board.set.menu")}
        </Button>
      }
      items={items}
      data-testid="release-set-menu"
    />
  );
}
