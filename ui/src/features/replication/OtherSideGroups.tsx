import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { OtherSide, OtherSideState } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Checkbox } from "../../components/Checkbox";
import { RegistryNames, Shortened } from "../findings/Shortened";
import type { Needed } from "../requests/WriteRequest";
import { looks, OtherSideItem } from "./OtherSideItem";
import styles from "./Steps.module.css";
import { needsStatement } from "./useOtherSides";

/** With more destinations than this, those in the same state are shown together. */
const SINGLE = 3;
/** What needs a person comes first. */
const ORDER: readonly OtherSideState[] = ["missing", "insufficient", "cannotBeSeen", "present", "notNeeded"];

interface Sides {
  sides: readonly OtherSide[];
  needed: (side: OtherSide) => Needed;
  /** The ids of the destinations whose statement is written with the rule. */
  adding: readonly string[];
  onAdding: (adding: string[]) => void;
}

/** The destinations of a rule, each with the statement that it needs; many of them grouped by their state. */
export function OtherSideGroups(props: Sides) {
  const { sides } = props;
  if (sides.length <= SINGLE) {
    return <ol className={styles.sides}>{sides.map((side, index) => item(props, side, index))}</ol>;
  }
  return ORDER.map((state) => {
    const same = sides.filter((side) => side.state === state);
    return same.length > 0 && <Group key={state} {...props} state={state} same={same} />;
  });
}

function Group(props: Sides & { state: OtherSideState; same: readonly OtherSide[] }) {
  const { t } = useTranslation();
  const { sides, adding, onAdding, state, same } = props;
  const addable = same.filter((side) => side.canAdd && needsStatement(side) && side.statement);
  const ids = addable.map((side) => registryId(side.registry));
  const chosen = ids.filter((id) => adding.includes(id)).length;
  return (
    <section className={styles.sideGroup} data-testid={`other-sides-${state}`}>
      <div className={styles.sideHead}>
        <StatusPill status={looks[state]}>{t(`replication.wizard.state.${state}`)}</StatusPill>
        <span className={styles.muted}>{t("replication.wizard.sides", { count: same.length })}</span>
      </div>
      {addable.length > 1 && (
        <Checkbox
          label={t("replication.wizard.addStatements", { count: addable.length })}
          hint={t("replication.wizard.addStatementsHint")}
          checked={chosen === ids.length}
          indeterminate={chosen > 0 && chosen < ids.length}
          onChange={(on) => {
            const others = adding.filter((id) => !ids.includes(id));
            onAdding(on ? [...others, ...ids] : others);
          }}
          data-testid={`other-sides-add-${state}`}
        />
      )}
      {same.some(needsStatement) ? (
        <Shortened label={t(`replication.wizard.state.${state}`)} items={same}>
          {(side) => item(props, side, sides.indexOf(side), true)}
        </Shortened>
      ) : (
        <RegistryNames registries={same.map(({ registry }) => registry)} />
      )}
    </section>
  );
}

function item({ needed, adding, onAdding }: Sides, side: OtherSide, index: number, folded = false) {
  const id = registryId(side.registry);
  return (
    <OtherSideItem
      key={id}
      side={side}
      index={index}
      needed={needed(side)}
      adding={adding.includes(id)}
      folded={folded}
      onAdding={(on) => {
        const others = adding.filter((each) => each !== id);
        onAdding(on ? [...others, id] : others);
      }}
    />
  );
}
