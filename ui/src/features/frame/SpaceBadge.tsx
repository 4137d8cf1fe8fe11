import { FlaskConical, Globe } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Space } from "../../api/types";
import { Badge } from "../../components/Badge";

/** Says whether something is in the sandbox or in AWS; on every frame and confirmation. */
export function SpaceBadge({ space }: { space: Space }) {
  const { t } = useTranslation();
  return (
    <Badge
      tone={space === "sandbox" ? "sandbox" : "neutral"}
      title={t("frame.spaceTitle")}
      data-testid={`space-${space}`}
    >
      {space === "sandbox" ? <FlaskConical aria-hidden="true" /> : <Globe aria-hidden="true" />}
      {t(`common.space.${space}`)}
    </Badge>
  );
}
