import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { AppliedPath, PathProblem, PlacedFinding } from "../../../api/types";
import { Findings } from "../../../components/Findings";
import { PlacedFindings } from "../../../components/PlacedFindings";
import { ErrorState } from "../../../components/States";
import styles from "./Paths.module.css";
import type { CheckedPath } from "./useCheckedPath";

const isPlaced = (problem: PathProblem): problem is PathProblem & PlacedFinding =>
  problem.line !== null && problem.column !== null;

/** What is wrong with a path file, and what saving it changes. */
export function PathFindings({
  checked,
  onPlace,
}: {
  checked: CheckedPath;
  onPlace: (line: number, column: number) => void;
}) {
  const { t } = useTranslation();
  const { applied, error, valid, busy } = checked;
  if (error) return <ErrorState error={error} compact onRetry={checked.again} />;
  const findings = applied?.findings ?? [];
  return (
    <div className={styles.findings}>
      <p className={styles.muted} role="status" data-testid="path-checked">
        {valid && applied
          ? [
              t("paths.editor.valid", { count: applied.paths.length }),
              ...applied.paths.map((path) => changeText(path, t)),
            ].join(" · ")
          : busy && t("paths.editor.checking")}
      </p>
      <PlacedFindings
        label={t("paths.editor.findings")}
        findings={findings.filter(isPlaced)}
        onPlace={onPlace}
      />
      <Findings
        label={t("paths.editor.findings")}
        findings={findings.filter((problem) => !isPlaced(problem)).map(({ finding }) => finding)}
      />
    </div>
  );
}

function changeText({ name, change }: AppliedPath, t: TFunction): string {
  return change === "created" || change === "changed" || change === "unchanged"
    ? t(`paths.editor.change.${change}`, { name })
    : name;
}
