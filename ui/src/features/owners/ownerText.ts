import type { TFunction } from "i18next";
import type { Owner } from "../../api/types";
import { visible } from "../../components/hidden";

/** What manages a document, in a few words. */
export function ownerText({ source, name }: Owner, t: TFunction): string {
  return t(`owners.${source}`, { name: visible(name) });
}
