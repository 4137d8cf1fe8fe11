import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { errorText, toApiError } from "../../../api/errors";
import type { ListOrganization } from "../../../api/types";
import { ColourDot } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { Select } from "../../../components/Select";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { useKnownAccounts } from "../../frame/scope";
import { deviceOf } from "../../signin/chain";
import { sessionOf } from "../../signin/sessions";
import { useAccess } from "../../signin/useAccess";
import { splitRegions } from "../queries";
import formStyles from "../Settings.module.css";
import { ImportTable } from "./ImportTable";
import { candidateRows } from "./importRows";
import type { ImportSource, ImportState } from "./importSource";

/** The role that AWS Organizations creates in an account. */
const USUAL_ROLE = "OrganizationAccountAccessRole";

/** The accounts of an organization, each by a role that the account assumes which lists them. */
export function useOrganizationImport(state: ImportState): ImportSource {
  const { t } = useTranslation();
  const accounts = useKnownAccounts();
  const aws = accounts.filter(({ space }) => space === "aws");
  const access = useAccess();
  const [via, setVia] = useState<string | null>(null);
  const [roleName, setRoleName] = useState(USUAL_ROLE);
  const [regions, setRegions] = useState("");
  const listed = useMutation({
    mutationFn: (request: ListOrganization) => {
      const credentials = aws.find(({ id }) => id === request.via)?.credentials;
      const asking = credentials && {
        serial: deviceOf(credentials, accounts),
        session: sessionOf(credentials, accounts),
      };
      return access.run(() => api.organizationAccounts(request), asking);
    },
  });
  const rows = candidateRows(listed.data ?? [], accounts, (id) => id in state.results, t);
  if (aws.length === 0) {
    const none = (
      <EmptyState
        title={t("connect.organization.noAccount")}
        text={t("connect.organization.noAccountText")}
      />
    );
    return { rows: [], regions: [], content: none };
  }
  const error = listed.error ? toApiError(listed.error) : null;
  const errorAt = (field: string) => (error?.field === field ? errorText(error) : undefined);
  const ready = via !== null && roleName.trim() !== "" && !listed.isPending && !state.running;
  const list = () => {
    if (ready) listed.mutate({ via, roleName: roleName.trim() });
  };
  const content = (
    <>
      <div className={formStyles.two}>
        <Select
          label={t("connect.organization.via")}
          hint={t("connect.organization.viaHint")}
          error={errorAt("via")}
          placeholder={t("connect.role.choose")}
          value={via}
          onChange={(id) => {
            // What was listed is that of another account.
            listed.reset();
            setVia(id);
          }}
          options={aws.map(({ id, name, colour }) => ({
            value: id,
            label: `${name} · ${id}`,
            mark: <ColourDot colour={colour} />,
          }))}
          data-testid="organization-via"
        />
        <TextField
          label={t("connect.organization.roleName")}
          hint={t("connect.organization.roleNameHint")}
          error={errorAt("roleName")}
          value={roleName}
          onChange={(event) => {
            listed.reset();
            setRoleName(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            // It lists the accounts, and must not connect those that are selected.
            event.preventDefault();
            list();
          }}
          mono
          data-testid="organization-role"
        />
      </div>
      <div>
        <Button onClick={list} disabled={!ready} busy={listed.isPending} data-testid="organization-list">
          {t("connect.organization.list")}
        </Button>
      </div>
      {listed.isPending && <SkeletonLines lines={4} />}
      {error && !error.field && <ErrorState error={error} compact onRetry={list} />}
      {listed.data && rows.length === 0 && (
        <EmptyState title={t("connect.sso.none")} text={t("connect.organization.noneText")} />
      )}
      {rows.length > 0 && (
        <>
          <TextField
            label={t("settings.form.regions")}
            hint={t("connect.organization.regionsHint")}
            value={regions}
            onChange={(event) => setRegions(event.target.value)}
            mono
            data-testid="organization-regions"
          />
          <ImportTable {...state} rows={rows} first={t("settings.form.name")} />
        </>
      )}
      {access.dialog}
    </>
  );
  return { rows, regions: splitRegions(regions), content };
}
