import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BuildView, Space } from "../../../api/types";
import { Card } from "../../../components/Card";
import { Tags } from "../../../components/Tags";
import { Ago } from "../../../components/Values";
import { EntryDrawer } from "../record/EntryDrawer";
import { EntryGrid } from "../record/EntryGrid";
import styles from "./Build.module.css";

const ROWS = 10;

/** Where a build is now, by the registries, and where it was, by the record. */
export function Places({ space, build }: { space: Space; build: BuildView }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<number | null>(null);
  const { places, history } = build;
  return (
    <>
      <Card title={t("build.where")}>
        {places.length > 0 ? (
          <ul className={styles.list} data-testid="build-places">
            {places.map((place) => (
              <li key={`${place.stage} ${place.place}`} className={styles.row}>
                <strong>{place.stage}</strong>
                <code className={styles.long}>{place.place}</code>
                <Tags tags={place.tags} />
                <span className={styles.muted}>
                  <Ago at={place.since} />
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <p className={styles.muted}>{t("build.nowhere")}</p>
        )}
      </Card>
      <Card title={t("build.was")} flush={history.length > 0}>
        {history.length > 0 ? (
          <EntryGrid
            label={t("build.was")}
            entries={history}
            onOpen={setOpened}
            maxRows={ROWS}
            data-testid="build-history"
          />
        ) : (
          <p className={styles.muted}>{t("build.neverPromoted")}</p>
        )}
      </Card>
      {opened !== null && <EntryDrawer space={space} sequence={opened} onClose={() => setOpened(null)} />}
    </>
  );
}
