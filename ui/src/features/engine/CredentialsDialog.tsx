import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { OtherRegistry } from "../../api/types";
import { Button } from "../../components/Button";
import { Checkbox } from "../../components/Checkbox";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";
import { useShowRegistries } from "./queries";

/** The credentials of a registry outside ECR. The password is only written, never read. */
export function CredentialsDialog({
  host,
  known,
  onClose,
}: {
  host: string;
  known: OtherRegistry | undefined;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const show = useShowRegistries();
  const [user, setUser] = useState(known?.user ?? "");
  const [password, setPassword] = useState("");
  const [insecure, setInsecure] = useState(known?.insecure ?? false);
  const put = useMutation({
    mutationFn: () =>
      api.putRegistry({
        host,
        user: user.trim() || null,
        password: password || null,
        insecure,
      }),
    onSuccess: (registries) => {
      show(registries);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("engine.wizard.dialog.title", { host })}
      size="small"
      onSubmit={() => put.mutate()}
      data-testid="dialog-credentials"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={put.isPending} data-testid="credentials-save">
            {t("common.save")}
          </Button>
        </>
      }
    >
      <TextField
        label={t("engine.wizard.dialog.user")}
        hint={t("engine.wizard.dialog.userHint")}
        value={user}
        onChange={(event) => setUser(event.target.value)}
        data-testid="credentials-user"
      />
      <TextField
        label={t("engine.wizard.dialog.password")}
        hint={t("engine.wizard.dialog.passwordHint")}
        type="password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        disabled={user.trim() === ""}
        data-testid="credentials-password"
      />
      <Checkbox
        label={t("engine.wizard.dialog.insecure")}
        hint={t("engine.wizard.dialog.insecureHint")}
        checked={insecure}
        onChange={setInsecure}
        data-testid="credentials-insecure"
      />
      {put.error && <ErrorState error={put.error} compact />}
    </Dialog>
  );
}
