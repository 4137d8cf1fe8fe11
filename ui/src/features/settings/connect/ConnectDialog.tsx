import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "../../../api/errors";
import type { Account } from "../../../api/types";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Tabs } from "../../../components/Tabs";
import { showToast } from "../../../components/Toaster";
import { placeOf } from "../../frame/place";
import { useShowSpace } from "../../frame/queries";
import { PlaceBadge } from "../../frame/SpaceBadge";
import { useKeyWay } from "./useKeyWay";
import { useProfileWay } from "./useProfileWay";
import { useRoleWay } from "./useRoleWay";
import { useSsoWay } from "./useSsoWay";

const ways = ["profile", "sso", "role", "key"] as const;

/** Connects an account by a profile, IAM Identity Center, a role or an access key. */
export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<(typeof ways)[number]>("profile");
  const onConnected = useConnected(onClose);
  const forms = {
    profile: useProfileWay(onConnected),
    sso: useSsoWay(onConnected),
    role: useRoleWay(onConnected),
    key: useKeyWay(onConnected),
  };
  const way = forms[chosen];
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("connect.title")}
      badge={<PlaceBadge place={placeOf("aws", [way])} />}
      onSubmit={() => {
        if (way.ready && way.doing === null) way.connect();
      }}
      data-testid="dialog-connect-account"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          {way.check && (
            <Button
              onClick={way.check}
              disabled={!way.ready || way.doing !== null}
              busy={way.doing === "check"}
              data-testid="connect-account-check"
            >
              {t("connect.check")}
            </Button>
          )}
          <Button
            type="submit"
            variant="primary"
            disabled={!way.ready || way.doing !== null}
            busy={way.doing === "connect"}
            data-testid="connect-account-submit"
          >
            {t("connect.connect")}
          </Button>
        </>
      }
    >
      {/* As high as its contents: the dialog scrolls, and no part of a form shrinks. */}
      <div>
        <Tabs
          label={t("connect.ways")}
          value={chosen}
          onChange={setChosen}
          data-testid="connect-way"
          tabs={ways.map((value) => ({
            value,
            label: t(`connect.way.${value}`),
            content: forms[value].form,
          }))}
        />
      </div>
    </Dialog>
  );
}

/** Shows an account that was just connected. */
function useConnected(onClose: () => void) {
  const { t } = useTranslation();
  const show = useShowSpace();
  return ({ name, problem }: Account) => {
    show.mutateAsync("aws").catch((error: unknown) => {
      showToast({ kind: "error", title: toApiError(error).message });
    });
    // The key is stored, and AWS has not confirmed it yet.
    if (problem) {
      showToast({
        kind: "error",
        title: t("settings.accounts.addedUnchecked", { name }),
        text: problem.message,
      });
    } else {
      showToast({ kind: "success", title: t("settings.accounts.added", { name }) });
    }
    onClose();
  };
}
