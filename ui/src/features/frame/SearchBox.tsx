import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, repositoryId } from "../../api/keys";
import type { SearchHit } from "../../api/types";
import { cx } from "../../components/cx";
import { shortDigest } from "../../components/format";
import { ErrorState } from "../../components/States";
import { RegistryName } from "./RegistryName";
import styles from "./SearchBox.module.css";
import { useScope } from "./scope";

const MOST_HITS = 12;

/** Searches names, tags and digests in everything that has been read. `/` or Ctrl+F focuses it. */
export function SearchBox() {
  const { t } = useTranslation();
  const id = useId();
  const navigate = useNavigate();
  const { space } = useScope();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const wanted = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: [...keys.search, space, wanted, MOST_HITS],
    queryFn: () =>
      api.search({ scope: { space, account: null, region: null }, text: wanted, limit: MOST_HITS }),
    enabled: wanted !== "",
    placeholderData: (previous) => previous,
  });
  const { data, isFetching, error } = found;
  const hits = wanted === "" ? [] : (data?.hits ?? []);
  const shown = open && wanted !== "";

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const typing = (event.target as Element | null)?.closest?.("input, textarea, [contenteditable]");
      const slash = event.key === "/" && !typing;
      const find = event.key === "f" && (event.ctrlKey || event.metaKey);
      if ((!slash && !find) || document.querySelector("[role=dialog], [role=alertdialog]")) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  const go = (hit: SearchHit) => {
    setOpen(false);
    setText("");
    input.current?.blur();
    const { registry, repository } = hit.repository;
    void navigate({
      to: "/images/repository",
      search: { ...registry, repository, ...(hit.digest ? { image: hit.digest } : {}) },
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const hit = hits[active];
    if (event.key === "ArrowDown") setActive(Math.min(hits.length - 1, active + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(-1, active - 1));
    else if (event.key === "Escape" && text !== "") setText("");
    else if (event.key === "Escape") input.current?.blur();
    else if (event.key === "Enter" && hit) go(hit);
    else if (event.key === "Enter" && wanted !== "") {
      setOpen(false);
      void navigate({ to: "/search", search: { q: text.trim() } });
    } else return;
    event.preventDefault();
  };

  return (
    <div className={styles.box}>
      <Search aria-hidden="true" className={styles.icon} />
      <input
        ref={input}
        className={styles.input}
        type="text"
        role="combobox"
        aria-label={t("frame.search.label")}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={t("frame.search.label")}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(-1);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
        data-testid="global-search"
      />
      {shown && (
        <div
          className={styles.popup}
          id={`${id}-list`}
          role="listbox"
          aria-label={t("frame.search.results")}
          // Before the field loses the focus and the list closes.
          onMouseDown={(event) => event.preventDefault()}
          data-testid="search-results"
        >
          {hits.map((hit, index) => (
            <Hit
              key={`${repositoryId(hit.repository)} ${hit.digest} ${hit.tag}`}
              id={`${id}-${index}`}
              hit={hit}
              active={index === active}
              onChoose={() => go(hit)}
            />
          ))}
          {error && <ErrorState error={error} compact onRetry={() => void found.refetch()} />}
          {hits.length === 0 && !isFetching && !error && (
            <p className={styles.none}>{t("frame.search.none", { text: wanted })}</p>
          )}
        </div>
      )}
    </div>
  );
}

function Hit({
  id,
  hit,
  active,
  onChoose,
}: {
  id: string;
  hit: SearchHit;
  active: boolean;
  onChoose: () => void;
}) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={active}
      className={cx(styles.hit, active && styles.active)}
      onClick={onChoose}
    >
      <span className={styles.name}>
        {hit.repository.repository}
        {hit.tag && <span className={styles.tag}>:{hit.tag}</span>}
      </span>
      {hit.digest && <code className={styles.faint}>{shortDigest(hit.digest)}</code>}
      <RegistryName registry={hit.repository.registry} />
    </div>
  );
}
