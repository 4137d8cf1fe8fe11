import { useTranslation } from "react-i18next";
import { StatusPill } from "../../../components/Badge";
import { Checkbox } from "../../../components/Checkbox";
import { visible } from "../../../components/hidden";
import { Prose } from "../../../components/Prose";
import { EndpointBadge } from "../../frame/SpaceBadge";
import styles from "./Connect.module.css";
import { type ImportRow, onePerAccount, select } from "./importRows";
import type { Imported } from "./useImport";

/** Rows to select, each with what became of it. */
export function ImportTable({
  rows,
  first,
  results,
  selected,
  onSelect,
  running,
}: {
  rows: readonly ImportRow[];
  /** The heading of the first column: what the rows are. */
  first: string;
  results: Readonly<Record<string, Imported>>;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  running: boolean;
}) {
  const { t } = useTranslation();
  const open = rows.filter((row) => canConnect(row, results));
  const all = onePerAccount(open);
  const count = open.filter(({ id }) => selected.has(id)).length;
  return (
    <table className={styles.table} data-testid="import-table">
      <thead>
        <tr>
          <th>
            <Checkbox
              label={t("connect.import.all")}
              hideLabel
              checked={all.length > 0 && count === all.length}
              indeterminate={count > 0 && count < all.length}
              disabled={running || open.length === 0}
              onChange={(on) => onSelect(new Set(on ? all.map(({ id }) => id) : []))}
              data-testid="import-all"
            />
          </th>
          <th scope="col">{first}</th>
          <th scope="col">{t("connect.import.kind")}</th>
          <th scope="col">{t("connect.import.region")}</th>
          <th scope="col">{t("connect.import.account")}</th>
          <th scope="col">{t("connect.import.result")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row
            key={row.id}
            row={row}
            result={results[row.id]}
            checked={open.includes(row) && selected.has(row.id)}
            disabled={running || !open.includes(row)}
            onChange={(on) => onSelect(select(selected, row, rows, on))}
          />
        ))}
      </tbody>
    </table>
  );
}

/** Whether a row can be connected, or tried again. */
export function canConnect({ id, usable }: ImportRow, results: Readonly<Record<string, Imported>>): boolean {
  return usable && results[id]?.state !== "connected";
}

function Row({
  row,
  result,
  checked,
  disabled,
  onChange,
}: {
  row: ImportRow;
  result: Imported | undefined;
  checked: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
}) {
  const { t } = useTranslation();
  const { id, name, kind, region, account, role, command, endpoint } = row;
  return (
    <tr data-testid={`import-row-${id}`} data-state={result?.state}>
      <td>
        <Checkbox
          label={t("common.selectRow", { name: visible(role && row.as ? `${name} / ${role}` : name) })}
          hideLabel
          checked={checked}
          disabled={disabled}
          onChange={onChange}
          data-testid={`import-${id}`}
        />
      </td>
      <th scope="row">
        {visible(name)}
        {endpoint !== null && (
          <div>
            <EndpointBadge endpoint={endpoint} />
          </div>
        )}
        {command !== null && <code className={styles.command}>{command}</code>}
      </th>
      <td>{kind}</td>
      <td>{region ?? t("common.none")}</td>
      <td>
        {account ? t("connect.import.unproven", { account }) : t("common.none")}
        {role && <div className={styles.muted}>{visible(role)}</div>}
      </td>
      <td>{result && <Result result={result} />}</td>
    </tr>
  );
}

const looks = { connecting: "progress", connected: "complete", failed: "failed" } as const;

function Result({ result }: { result: Imported }) {
  const { t } = useTranslation();
  return (
    <>
      <StatusPill status={looks[result.state]}>{t(`connect.import.state.${result.state}`)}</StatusPill>
      {result.state === "connected" && <div className={styles.muted}>{result.account.id}</div>}
      {result.state === "failed" && (
        <div>
          <Prose text={result.error.message} />{" "}
          {result.error.hint && (
            <span className={styles.muted}>
              <Prose text={result.error.hint} />
            </span>
          )}
        </div>
      )}
    </>
  );
}
