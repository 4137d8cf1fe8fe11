import { useNavigate } from "@tanstack/react-router";
import { ListChecks } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";

/** Opens the readiness of a registry's rules, or of one of them. */
export function CheckReadiness({
  registry,
  rule,
  all,
}: {
  registry: RegistryKey;
  rule?: string | undefined;
  /** Says that it is about all rules, next to the same button for one. */
  all?: boolean;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Button
      size="small"
      icon={<ListChecks />}
      onClick={() => void navigate({ to: "/replication/readiness", search: { ...registry, rule } })}
      data-testid="check-readiness"
    >
      {t(all ? "readiness.checkRules" : "readiness.check")}
    </Button>
  );
}
