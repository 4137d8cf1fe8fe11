import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ColourDot } from "../../components/Badge";
import { cx } from "../../components/cx";
import { Menu } from "../../components/Menu";
import { placeText, usePlace } from "../frame/place";
import { useShowSpace } from "../frame/queries";
import { SearchBox } from "../frame/SearchBox";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useScope } from "../frame/scope";
import styles from "./TopBar.module.css";

/** The space, the scope and the global search. */
export function TopBar() {
  const { t } = useTranslation();
  return (
    <header className={styles.bar}>
      <SpaceSwitch />
      <fieldset className={styles.scope} aria-label={t("frame.scope")}>
        <AccountSwitch />
        <RegionSwitch />
      </fieldset>
      <SearchBox />
    </header>
  );
}

function SpaceSwitch() {
  const { t } = useTranslation();
  const { space, account } = useScope();
  const show = useShowSpace();
  const registries = account === null ? [] : [{ account }];
  const place = usePlace(space, registries);
  const real = usePlace("aws");
  return (
    <Menu
      data-testid="space-menu"
      trigger={
        <button
          type="button"
          className={cx(styles.switch, styles.space)}
          aria-label={t("frame.space", { space: placeText(place, t) })}
          data-testid="space-switch"
        >
          <SpaceBadge space={space} registries={registries} />
          <ChevronDown aria-hidden="true" />
        </button>
      }
      items={[
        {
          id: "sandbox",
          label: t("frame.show.sandbox"),
          checked: space === "sandbox",
          onSelect: () => show.mutate("sandbox"),
        },
        {
          id: "aws",
          label: t(`frame.show.${real.kind}`, { count: real.hosts.length, hosts: real.hosts.join(", ") }),
          checked: space === "aws",
          onSelect: () => show.mutate("aws"),
        },
      ]}
    />
  );
}

function AccountSwitch() {
  const { t } = useTranslation();
  const { accounts, account, region, set } = useScope();
  const chosen = accounts.find((each) => each.id === account);
  return (
    <Menu
      data-testid="scope-account"
      trigger={
        <button
          type="button"
          className={styles.switch}
          aria-label={`${t("frame.account")}: ${chosen?.name ?? t("frame.allAccounts")}`}
          data-testid="scope-account-switch"
        >
          {chosen && <ColourDot colour={chosen.colour} />}
          <span className={styles.value}>{chosen?.name ?? t("frame.allAccounts")}</span>
          <ChevronDown aria-hidden="true" />
        </button>
      }
      items={[
        {
          id: "all",
          label: t("frame.allAccounts"),
          checked: account === null,
          onSelect: () => set(null, region),
        },
        ...accounts.map((each, index) => ({
          id: each.id,
          separated: index === 0,
          checked: each.id === account,
          label: (
            <>
              <ColourDot colour={each.colour} />
              <span>{each.name}</span>
              <code className={styles.id}>{each.id}</code>
            </>
          ),
          onSelect: () => set(each.id, region),
        })),
      ]}
    />
  );
}

function RegionSwitch() {
  const { t } = useTranslation();
  const { accounts, account, region, set } = useScope();
  const shown = account === null ? accounts : accounts.filter((each) => each.id === account);
  const regions = [...new Set(shown.flatMap((each) => each.regions))].sort();
  return (
    <Menu
      data-testid="scope-region"
      trigger={
        <button
          type="button"
          className={styles.switch}
          aria-label={`${t("frame.region")}: ${region ?? t("frame.allRegions")}`}
          data-testid="scope-region-switch"
        >
          <span className={styles.value}>{region ?? t("frame.allRegions")}</span>
          <ChevronDown aria-hidden="true" />
        </button>
      }
      items={[
        {
          id: "all",
          label: t("frame.allRegions"),
          checked: region === null,
          onSelect: () => set(account, null),
        },
        ...regions.map((each, index) => ({
          id: each,
          separated: index === 0,
          label: each,
          checked: each === region,
          onSelect: () => set(account, each),
        })),
      ]}
    />
  );
}
