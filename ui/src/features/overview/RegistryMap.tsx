import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { Overview, OverviewRegistry } from "../../api/types";
import { ColourDot, StatusPill } from "../../components/Badge";
import { useScope } from "../frame/scope";
import { cellAt, layOut, linePath, MAP } from "./mapLayout";
import styles from "./RegistryMap.module.css";

/** Accounts as rows, Regions as columns, rules as lines. A registry opens its images. */
export function RegistryMap({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const layout = useMemo(() => layOut(overview), [overview]);
  return (
    <div className={styles.scroll} data-wide>
      <div className={styles.map} style={{ width: layout.width, height: layout.height }}>
        {layout.regions.map((region, column) => (
          <span
            key={region}
            className={styles.region}
            style={{ left: MAP.label + column * (MAP.cellWidth + MAP.gapX), width: MAP.cellWidth }}
          >
            {region}
          </span>
        ))}
        {layout.accounts.map((account, row) => (
          <div
            key={account.id}
            className={styles.account}
            style={{ top: MAP.header + row * (MAP.cellHeight + MAP.gapY), height: MAP.cellHeight }}
          >
            <span className={styles.accountName}>
              <ColourDot colour={account.colour} />
              <strong>{account.name}</strong>
            </span>
            <code className={styles.faint}>{account.id}</code>
          </div>
        ))}
        <svg
          className={styles.lines}
          width={layout.width}
          height={layout.height}
          role="img"
          aria-label={t("overview.map")}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="6"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M 0 0.5 L 7 4 L 0 7.5 z" className={styles.arrow} />
            </marker>
          </defs>
          {overview.links.map((link) => {
            const path = linePath(layout, link);
            return (
              path && (
                <path
                  key={`${link.rule} ${registryId(link.source)} ${registryId(link.destination)}`}
                  d={path}
                  className={styles.line}
                  markerEnd="url(#arrow)"
                />
              )
            );
          })}
        </svg>
        {overview.registries.map((registry) => {
          const at = cellAt(layout, registry.registry);
          return at && <Cell key={registryId(registry.registry)} registry={registry} at={at} />;
        })}
      </div>
    </div>
  );
}

function Cell({ registry, at }: { registry: OverviewRegistry; at: { x: number; y: number } }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { set } = useScope();
  const { account, region } = registry.registry;
  return (
    <button
      type="button"
      className={styles.cell}
      style={{ left: at.x, top: at.y, width: MAP.cellWidth, height: MAP.cellHeight }}
      onClick={() => {
        set(account, region);
        void navigate({ to: "/images" });
      }}
      data-testid={`overview-${account}-${region}`}
    >
      <span className="visually-hidden">
        {t("overview.open", { name: `${registry.accountName} / ${region}` })}
      </span>
      {registry.problem ? (
        <span className={styles.problem} title={registry.problem.hint ?? undefined}>
          <StatusPill status="warning">{t("common.readFailed")}</StatusPill>
          <span className={styles.clipped}>{registry.problem.message}</span>
        </span>
      ) : registry.repositories === null ? (
        <span className={styles.faint}>{t("overview.notRead")}</span>
      ) : (
        <>
          <span className={styles.count}>{t("overview.repositories", { count: registry.repositories })}</span>
          {registry.repositories > 0 && (
            <span className={styles.faint}>
              {registry.images === null
                ? t("overview.imagesNotRead")
                : t("overview.images", { count: registry.images })}
            </span>
          )}
          <span className={styles.pills}>
            {registry.failed > 0 && (
              <StatusPill status="failed">{t("overview.failed", { count: registry.failed })}</StatusPill>
            )}
            {registry.inProgress > 0 && (
              <StatusPill status="progress">
                {t("overview.inProgress", { count: registry.inProgress })}
              </StatusPill>
            )}
          </span>
        </>
      )}
    </button>
  );
}
