import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { ProfileKind, ProfileView } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { RadioGroup } from "../../../components/RadioGroup";
import { SearchField } from "../../../components/SearchField";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { EndpointBadge } from "../../frame/SpaceBadge";
import { useKnownAccounts } from "../../frame/scope";
import styles from "./Connect.module.css";

/** So many profiles are seen at a glance. */
const FEW = 8;

/** The profiles of the AWS configuration files, read again whenever they are shown. */
export function useProfiles() {
  return useQuery({ queryKey: keys.profiles, queryFn: api.profiles, staleTime: 0 });
}

/** Chooses one of the profiles. */
export function ProfileList({
  read,
  value,
  onChoose,
  error,
}: {
  read: ReturnType<typeof useProfiles>;
  value: string;
  onChoose: (profile: ProfileView) => void;
  error?: string | undefined;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  if (!read.data) {
    return read.error && !read.isFetching ? (
      <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
    ) : (
      <SkeletonLines lines={4} />
    );
  }
  const profiles = read.data;
  if (profiles.length === 0) {
    return <EmptyState title={t("connect.profile.none")} text={t("connect.profile.noneText")} />;
  }
  const shown = profiles.filter((profile) => matches(profile, text, t));
  return (
    <>
      {profiles.length > FEW && (
        <SearchField
          label={t("connect.profile.find")}
          value={text}
          onChange={setText}
          onKeyDown={(event) => {
            // It belongs to the list, and must not connect what is chosen.
            if (event.key === "Enter") event.preventDefault();
          }}
          data-testid="connect-profile-search"
        />
      )}
      <div className={styles.profiles}>
        <RadioGroup
          label={t("connect.profile.label")}
          error={error}
          value={value}
          options={shown.map((profile) => ({
            value: profile.name,
            label: profile.name,
            hint: <ProfileFacts profile={profile} />,
            disabled: profile.connected !== null || profile.kind === "none",
          }))}
          onChange={(name) => {
            const chosen = profiles.find((profile) => profile.name === name);
            if (chosen) onChoose(chosen);
          }}
          data-testid="connect-profile"
        />
        {shown.length === 0 && <p>{t("common.noneFound")}</p>}
      </div>
    </>
  );
}

/** Everything about a profile in a line. */
export function ProfileFacts({ profile }: { profile: ProfileView }) {
  const { t } = useTranslation();
  const accounts = useKnownAccounts();
  const { connected, endpoint } = profile;
  const as = accounts.find((account) => account.space === "aws" && account.id === connected);
  return (
    <span className={styles.facts}>
      {profileFacts(profile, t).join(" · ")} {endpoint !== null && <EndpointBadge endpoint={endpoint} />}{" "}
      {connected !== null && (
        <Badge tone="success">{t("connect.profile.connected", { name: as?.name ?? connected })}</Badge>
      )}
    </span>
  );
}

/** How a profile gets its credentials, in words. */
export function kindText(kind: ProfileKind, t: TFunction): string {
  return kind === "none" ? t("connect.kind.without") : t(`connect.kind.${kind}`);
}

/** What a profile says of itself, in words. */
function profileFacts({ kind, region, account, role, mfaSerial }: ProfileView, t: TFunction): string[] {
  return [
    kindText(kind, t),
    ...(region ? [region] : []),
    ...(account ? [t("connect.profile.account", { account })] : []),
    ...(role ? [t("connect.profile.role", { role })] : []),
    ...(mfaSerial ? [t("connect.profile.mfa", { serial: mfaSerial })] : []),
  ];
}

function matches(profile: ProfileView, text: string, t: TFunction): boolean {
  const all = [profile.name, ...profileFacts(profile, t), profile.endpoint ?? ""].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
