import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CostView } from "../../api/types";
import { Button } from "../../components/Button";
import { TextArea } from "../../components/TextField";
import styles from "./Cost.module.css";

/** The list of prices, to look at and to edit. */
export function Prices({
  view,
  own,
  onChange,
}: {
  view: CostView;
  own: boolean;
  onChange: (prices: string | null) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? view.prices.text;
  return (
    <details data-testid="cost-prices">
      <summary>{t("cost.prices.title", { day: view.prices.asOf, currency: view.prices.currency })}</summary>
      <div className={styles.stack}>
        <p className={styles.muted}>{t("cost.prices.about")}</p>
        <TextArea
          label={t("cost.prices.list")}
          value={shown}
          onChange={(event) => setText(event.target.value)}
          rows={12}
          mono
          data-testid="cost-price-list"
        />
        <div className={styles.row}>
          <Button disabled={text === null} onClick={() => onChange(shown)} data-testid="cost-use-prices">
            {t("cost.prices.use")}
          </Button>
          <Button
            disabled={!own}
            onClick={() => {
              setText(null);
              onChange(null);
            }}
            data-testid="cost-public-prices"
          >
            {t("cost.prices.public")}
          </Button>
        </div>
      </div>
    </details>
  );
}
