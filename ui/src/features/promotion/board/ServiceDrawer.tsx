import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { BoardRow } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Facts } from "../../../components/Card";
import { Drawer } from "../../../components/Drawer";
import { Prose } from "../../../components/Prose";
import { Ago, Digest } from "../../../components/Values";
import styles from "./Board.module.css";
import { useMarkTexts } from "./cell/useMarkTexts";
import { isUnknown } from "./rows";

type Cell = BoardRow["cells"][number];

/** A service in every stage, with everything that its cells only hint at. */
export function ServiceDrawer({ row, onClose }: { row: BoardRow; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Drawer
      open
      onClose={onClose}
      title={t("board.details.title", { service: row.service })}
      data-testid="service-drawer"
      footer={
        <Button
          onClick={() => void navigate({ to: "/promotion", search: { tab: "record", text: row.service } })}
          data-testid="service-record"
        >
          {t("board.details.record")}
        </Button>
      }
    >
      <div className={styles.stages}>
        {row.cells.map((cell) => (
          <StageDetails key={cell.stage} cell={cell} />
        ))}
      </div>
    </Drawer>
  );
}

function StageDetails({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const { all } = useMarkTexts(cell);
  return (
    <section className={styles.stage} data-testid={`details-${cell.stage}`}>
      <h3>{cell.stage}</h3>
      {cell.digest === null ? (
        <p className={styles.muted}>{t(isUnknown(cell) ? "board.unread" : "board.nothing")}</p>
      ) : (
        <Facts
          facts={[
            { name: t("board.details.tag"), value: <code>{cell.tag ?? t("common.none")}</code> },
            { name: t("build.digest"), value: <Digest value={cell.digest} /> },
            { name: t("board.details.since"), value: <Ago at={cell.since} /> },
            { name: t("board.details.by"), value: cell.by ?? t("common.none") },
          ]}
        />
      )}
      {all.length > 0 && (
        <ul className={styles.sentences}>
          {all.map((text) => (
            <li key={text}>
              <Prose text={text} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
