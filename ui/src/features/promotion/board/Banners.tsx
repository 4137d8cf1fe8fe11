import { useTranslation } from "react-i18next";
import type { PathRow, PromotionHolds } from "../../../api/types";
import { Notice } from "../../../components/Findings";
import { shortDigest } from "../../../components/format";
import { Shortened } from "../../findings/Shortened";

/** What stands in the way of promotions on a path: holds, blocks and freeze windows. */
export function Banners({ path, holds }: { path: PathRow | undefined; holds: PromotionHolds | undefined }) {
  const { t } = useTranslation();
  const held = holds?.holds.filter((each) => each.path === path?.name) ?? [];
  const blocks = holds?.blocks ?? [];
  const frozen = path?.stages.filter(({ gates }) => gates.includes("freeze")).map(({ name }) => name) ?? [];
  return (
    <>
      {held.length > 0 && (
        <div data-testid="banner-holds">
          <Notice severity="warning">
            <details>
              <summary>{t("board.banner.holds", { count: held.length })}</summary>
              <Shortened label={t("board.banner.holdsList")} items={held}>
                {(hold) => (
                  <li key={`${hold.stage} ${hold.service}`}>
                    {t(hold.reason ? "board.banner.hold" : "board.banner.holdNoReason", { ...hold })}
                  </li>
                )}
              </Shortened>
            </details>
          </Notice>
        </div>
      )}
      {blocks.length > 0 && (
        <div data-testid="banner-blocks">
          <Notice severity="warning">
            <details>
              <summary>{t("board.banner.blocks", { count: blocks.length })}</summary>
              <Shortened label={t("board.banner.blocksList")} items={blocks}>
                {(block) => (
                  <li key={block.digest}>
                    {t("board.banner.block", { ...block, digest: shortDigest(block.digest) })}
                  </li>
                )}
              </Shortened>
            </details>
          </Notice>
        </div>
      )}
      {frozen.length > 0 && (
        <div data-testid="banner-freeze">
          <Notice>{t("board.banner.freeze", { stages: frozen.join(", ") })}</Notice>
        </div>
      )}
    </>
  );
}
