import type { TFunction } from "i18next";
import type { Encryption, Mutability, RepositoryRow } from "../../api/types";
import type { Column } from "../../components/DataGrid";
import { Ago, Bytes, Count, LongName } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Lists.module.css";

/** The words for a repository's tag mutability. */
export function mutabilityText(mutability: Mutability, t: TFunction): string {
  const word = t(mutability.immutable ? "images.immutable" : "images.mutable");
  const count = mutability.exclusions.length;
  return count > 0 ? `${word}, ${t("images.exceptions", { count })}` : word;
}

/** The word for a repository's encryption. */
export function encryptionText(encryption: Encryption, t: TFunction): string {
  return t(`images.encryption.${encryption.type}`);
}

/** The columns of a repository list. */
export function repositoryColumns(t: TFunction, withRegistry: boolean): Column<RepositoryRow>[] {
  const columns: Column<RepositoryRow>[] = [
    {
      id: "name",
      header: t("images.columns.name"),
      width: "minmax(230px, 2.4fr)",
      sortable: true,
      cell: (row) => <LongName text={row.name} />,
    },
    {
      id: "registry",
      header: t("images.columns.registry"),
      width: "minmax(220px, 1.2fr)",
      cell: (row) => <RegistryName registry={row.registry} />,
    },
    {
      id: "images",
      header: t("images.columns.images"),
      width: "68px",
      align: "end",
      sortable: true,
      cell: (row) => <Count value={row.images} />,
    },
    {
      id: "bytes",
      header: t("images.columns.bytes"),
      width: "78px",
      align: "end",
      cell: (row) => <Bytes value={row.bytes} />,
    },
    {
      id: "pushed",
      header: t("images.columns.pushed"),
      width: "100px",
      sortable: true,
      cell: (row) => <Ago at={row.pushed} />,
    },
    {
      id: "mutability",
      header: t("images.columns.mutability"),
      width: "86px",
      cell: (row) => (
        <span title={row.mutability.exclusions.join(" ") || undefined}>
          {t(row.mutability.immutable ? "images.immutable" : "images.mutable")}
          {row.mutability.exclusions.length > 0 && "*"}
        </span>
      ),
    },
    {
      id: "scanning",
      header: t("images.columns.scanning"),
      width: "80px",
      cell: (row) => t(row.scanOnPush ? "images.scanOnPush" : "images.scanOff"),
    },
    {
      id: "encryption",
      header: t("images.columns.encryption"),
      width: "86px",
      cell: (row) => encryptionText(row.encryption, t),
    },
    {
      id: "created",
      header: t("images.columns.created"),
      width: "104px",
      sortable: true,
      cell: (row) => <Ago at={row.created} />,
    },
    {
      id: "uri",
      header: t("images.columns.uri"),
      width: "minmax(240px, 2fr)",
      cell: (row) => (
        <span className={styles.uri}>
          <LongName text={row.uri} mono />
        </span>
      ),
    },
  ];
  return withRegistry ? columns : columns.filter((column) => column.id !== "registry");
}
