import { FlaskConical, Globe, Network, Server } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Account, RegistryKey, Space } from "../../api/types";
import { Badge } from "../../components/Badge";
import { type Place, placeOf, placeText, usePlace, vpcEndpointsOf } from "./place";
import styles from "./SpaceBadge.module.css";

const looks = {
  sandbox: { tone: "sandbox", icon: FlaskConical },
  aws: { tone: "neutral", icon: Globe },
  vpc: { tone: "neutral", icon: Network },
  custom: { tone: "accent", icon: Server },
  mixed: { tone: "accent", icon: Globe },
} as const;

/** Says whether something is in the sandbox, in AWS or at a custom endpoint; on every frame and confirmation. */
export function SpaceBadge({
  space,
  registries,
}: {
  space: Space;
  /** The registries that it is about; the whole space without them. */
  registries?: readonly Pick<RegistryKey, "account">[];
}) {
  const place = usePlace(space, registries);
  return <PlaceBadge place={place} />;
}

/** Names a custom endpoint. */
export function EndpointBadge({ endpoint }: { endpoint: string }) {
  return <PlaceBadge place={placeOf("aws", [{ endpoint }])} title={endpoint} />;
}

/** Names the custom endpoint or the VPC endpoint of an account; renders nothing without one. */
export function AccountEndpointBadge({ account }: { account: Account }) {
  const place = placeOf(account.space, [account]);
  if (place.kind === "custom") return <PlaceBadge place={place} title={account.endpoint ?? ""} />;
  if (place.kind === "vpc") return <PlaceBadge place={place} title={vpcEndpointsOf(account).join(" ")} />;
  return null;
}

/** Names a place. */
export function PlaceBadge({ place, title }: { place: Place; title?: string }) {
  const { t } = useTranslation();
  const { tone, icon: Icon } = looks[place.kind];
  return (
    <Badge
      tone={tone}
      title={title ?? [t("frame.spaceTitle"), ...place.hosts].join(" · ")}
      data-testid={`space-${place.kind}`}
    >
      <Icon aria-hidden="true" />
      <span className={styles.text}>{placeText(place, t)}</span>
    </Badge>
  );
}
