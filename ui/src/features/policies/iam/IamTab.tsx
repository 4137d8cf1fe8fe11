import { Plus, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamList, IamRow, RegistryKey } from "../../../api/types";
import { ColourDot } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { SearchField } from "../../../components/SearchField";
import { Select } from "../../../components/Select";
import { EmptyState, ErrorState, SkeletonLines } from "../../../components/States";
import { NoAccounts } from "../../frame/NoAccounts";
import { useScope } from "../../frame/scope";
import { CreateEntityDialog } from "./CreateEntityDialog";
import { EntityPanel } from "./EntityPanel";
import styles from "./Iam.module.css";
import { type Chosen, kindOf } from "./iamForm";
import { ManagedPolicyPanel } from "./ManagedPolicyPanel";
import { PolicyDialog } from "./PolicyDialog";
import { useIamList } from "./queries";

const LISTS: IamList[] = ["users", "groups", "roles", "policies", "awsPolicies"];
/** The rows that are shown at once: AWS alone has more than a thousand policies. */
const MOST = 200;

/** Users, groups, roles and managed policies of one account. */
export function IamTab() {
  const { t } = useTranslation();
  const { accounts, account: scopeAccount, space } = useScope();
  const [account, setAccount] = useState<string | null>(null);
  const [list, setList] = useState<IamList>("users");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const wanted = account ?? scopeAccount;
  const found = accounts.find((each) => each.id === wanted) ?? accounts[0];
  const region = found?.regions[0];
  if (!found || !region) return <NoAccounts icon={<Users />} />;
  const registry: RegistryKey = { space, account: found.id, region };
  return (
    <div className={styles.stack} data-testid="iam">
      <div className={styles.wrap}>
        <Select
          label={t("iam.account")}
          value={found.id}
          options={accounts.map(({ id, name, colour }) => ({
            value: id,
            label: `${name} · ${id}`,
            mark: <ColourDot colour={colour} />,
          }))}
          onChange={(next) => {
            setAccount(next);
            setChosen(null);
          }}
          data-testid="iam-account"
        />
        <Select
          label={t("iam.show")}
          value={list}
          options={LISTS.map((value) => ({ value, label: t(`iam.lists.${value}`) }))}
          onChange={(next) => {
            setList(next);
            setChosen(null);
          }}
          data-testid="iam-list"
        />
      </div>
      <div className={styles.halves}>
        <List
          key={`${found.id} ${list}`}
          registry={registry}
          list={list}
          chosen={chosen}
          onChoose={setChosen}
        />
        {chosen === null ? (
          <p className={styles.muted}>{t("iam.choose")}</p>
        ) : chosen.kind === "policy" ? (
          <ManagedPolicyPanel
            key={chosen.arn}
            registry={registry}
            arn={chosen.arn}
            onGone={() => setChosen(null)}
          />
        ) : (
          <EntityPanel
            key={`${chosen.kind}/${chosen.name}`}
            registry={registry}
            of={chosen}
            regions={found.regions}
            onGone={() => setChosen(null)}
          />
        )}
      </div>
    </div>
  );
}

function List({
  registry,
  list,
  chosen,
  onChoose,
}: {
  registry: RegistryKey;
  list: IamList;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [creating, setCreating] = useState(false);
  const read = useIamList(registry, list);
  const kind = kindOf(list);
  const close = () => setCreating(false);
  return (
    <section className={styles.stack} aria-label={t(`iam.lists.${list}`)} aria-busy={read.isFetching}>
      <div className={styles.wrap}>
        <SearchField label={t("iam.filter")} value={text} onChange={setText} data-testid="iam-filter" />
        {list !== "awsPolicies" && (
          <Button icon={<Plus />} onClick={() => setCreating(true)} data-testid="iam-create">
            {t(`iam.create.${kind}`)}
          </Button>
        )}
      </div>
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      {!read.data && !read.error && <SkeletonLines lines={6} />}
      {read.data && <Rows rows={read.data} list={list} text={text} chosen={chosen} onChoose={onChoose} />}
      {creating &&
        (kind === "policy" ? (
          <PolicyDialog registry={registry} onClose={close} />
        ) : (
          <CreateEntityDialog registry={registry} kind={kind} onClose={close} />
        ))}
    </section>
  );
}

function Rows({
  rows,
  list,
  text,
  chosen,
  onChoose,
}: {
  rows: readonly IamRow[];
  list: IamList;
  text: string;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen) => void;
}) {
  const { t } = useTranslation();
  const kind = kindOf(list);
  const wanted = text.trim().toLowerCase();
  const found = rows.filter(({ name, path }) => `${path}${name}`.toLowerCase().includes(wanted));
  if (rows.length === 0) {
    return <EmptyState icon={<Users />} title={t("iam.none")} text={t(`iam.noneText.${list}`)} />;
  }
  if (found.length === 0) return <p className={styles.muted}>{t("iam.noMatch")}</p>;
  const isChosen = (row: IamRow) =>
    chosen !== null && (chosen.kind === "policy" ? chosen.arn === row.arn : chosen.name === row.name);
  return (
    <>
      <ul className={styles.list} data-testid="iam-rows">
        {found.slice(0, MOST).map((row) => (
          <li key={row.arn}>
            <button
              type="button"
              className={styles.row}
              aria-current={isChosen(row)}
              onClick={() => onChoose(kind === "policy" ? { kind, arn: row.arn } : { kind, name: row.name })}
              data-testid={`iam-row-${row.name}`}
            >
              <span>{row.name}</span>
              {row.attachedTo !== null && (
                <span className={styles.arn}>{t("iam.usedBy", { count: row.attachedTo })}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {found.length > MOST && <p className={styles.muted}>{t("iam.more", { count: found.length - MOST })}</p>}
    </>
  );
}
