import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PathStage, Space } from "../../../api/types";
import { RegistryText } from "../../frame/RegistryText";
import styles from "./Paths.module.css";

/** The stages of a path in their order, each with where it is and what it asks for. */
export function StageChain({ space, stages }: { space: Space; stages: readonly PathStage[] }) {
  const { t } = useTranslation();
  return (
    <ol className={styles.chain}>
      {stages.map((stage, index) => {
        const facts = [
          stage.gates.length > 0 && t("paths.stage.gates", { count: stage.gates.length }),
          stage.approvals > 0 && t("paths.stage.approvals", { count: stage.approvals }),
          stage.replicated.length > 0 && t("paths.stage.replicated"),
        ].filter((fact) => fact !== false);
        return (
          <li key={stage.name} className={styles.stage} title={stage.gates.join(", ")}>
            {index > 0 && <ArrowRight aria-hidden="true" className={styles.arrow} />}
            <div className={styles.stageText}>
              <span className={styles.stageName}>{stage.name}</span>
              {[...stage.registries, ...stage.replicated].map((registry) => (
                <span key={registry} className={styles.faint}>
                  <RegistryText space={space} registry={registry} />
                </span>
              ))}
              {facts.length > 0 && <span className={styles.faint}>{facts.join(" · ")}</span>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
