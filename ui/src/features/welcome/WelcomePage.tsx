import { useNavigate } from "@tanstack/react-router";
import { Cloud, FlaskConical } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { useStartSandbox } from "../frame/queries";
import styles from "./WelcomePage.module.css";

/** The first start: nothing is configured yet. */
export function WelcomePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const start = useStartSandbox();
  return (
    <main className={styles.page} data-testid="page-welcome">
      <div className={styles.content}>
        <h1 className={styles.title}>{t("welcome.title")}</h1>
        <p className={styles.text}>{t("welcome.text")}</p>
        <div className={styles.choices}>
          <section className={styles.choice}>
            <FlaskConical className={styles.sandbox} aria-hidden="true" />
            <h2>{t("welcome.sandbox.title")}</h2>
            <p className={styles.text}>{t("welcome.sandbox.text")}</p>
            <Button
              variant="primary"
              busy={start.isPending}
              onClick={() => start.mutate(undefined, { onSuccess: () => void navigate({ to: "/overview" }) })}
              data-testid="try-sandbox"
            >
              {start.isPending ? t("welcome.sandbox.starting") : t("welcome.sandbox.action")}
            </Button>
          </section>
          <section className={styles.choice}>
            <Cloud className={styles.aws} aria-hidden="true" />
            <h2>{t("welcome.aws.title")}</h2>
            <p className={styles.text}>{t("welcome.aws.text")}</p>
            <Button
              onClick={() => void navigate({ to: "/settings", search: { tab: "accounts", connect: true } })}
              data-testid="connect-aws"
            >
              {t("welcome.aws.action")}
            </Button>
          </section>
        </div>
        {start.error && <ErrorState error={start.error} compact onRetry={() => start.mutate()} />}
      </div>
    </main>
  );
}
