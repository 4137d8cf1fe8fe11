import { zodResolver } from "@hookform/resolvers/zod";
import { type UseFormReturn, useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Account, ProfileView } from "../../../api/types";
import { CodeBlock } from "../../../components/CodeBlock";
import { Notice } from "../../../components/Findings";
import { ProvenFields } from "../AccountFields";
import type { ProvenForm } from "../accountForm";
import {
  emptyProven,
  guessedEnvironment,
  type ProfileForm,
  profileSchema,
  suggestedName,
} from "./connectForm";
import { ProfileList, useProfiles } from "./ProfileList";
import { useConnect } from "./useConnect";
import type { Way } from "./way";

/** Connects the account that a profile leads to. */
export function useProfileWay(onConnected: (account: Account) => void): Way {
  const { t } = useTranslation();
  const read = useProfiles();
  const form = useForm<ProfileForm>({
    resolver: zodResolver(profileSchema(t)),
    defaultValues: { ...emptyProven, profile: "" },
  });
  const name = useWatch({ control: form.control, name: "profile" });
  const chosen = read.data?.find((profile) => profile.name === name);
  const { result, ...way } = useConnect(form, {
    source: ({ profile }) => ({ source: "profile", profile }),
    at: "profile",
    device: () => chosen?.mfaSerial ?? null,
    onConnected,
  });
  const choose = (profile: ProfileView) => {
    form.reset({
      profile: profile.name,
      name: suggestedName(profile.name),
      regions: profile.region ?? "",
      environment: guessedEnvironment(profile.name),
    });
  };
  return {
    ...way,
    ready: chosen !== undefined,
    endpoint: way.endpoint ?? chosen?.endpoint ?? null,
    form: (
      <>
        <ProfileList
          read={read}
          value={name}
          onChoose={choose}
          error={form.formState.errors.profile?.message}
        />
        {chosen && (
          <>
            {chosen.command !== null && <Program command={chosen.command} />}
            <ProvenFields
              form={form as unknown as UseFormReturn<ProvenForm>}
              regionsHint={t("connect.profile.regionsHint")}
            />
          </>
        )}
        {result}
      </>
    ),
  };
}

/** Warns of the program that a profile runs. */
function Program({ command }: { command: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Notice severity="warning">{t("connect.profile.program")}</Notice>
      <CodeBlock
        name={t("connect.profile.programName")}
        text={command}
        wrap
        maxHeight={120}
        data-testid="connect-program"
      />
    </>
  );
}
