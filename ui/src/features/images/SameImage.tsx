import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys, repositoryId } from "../../api/keys";
import type { RepositoryKey } from "../../api/types";
import { Unread } from "../../components/States";
import { LongName } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import styles from "./ImagePanel.module.css";

const MOST = 50;

/** Other repositories with the same digest: where the image was promoted or replicated from and to. */
export function SameImage({ repositoryKey, digest }: { repositoryKey: RepositoryKey; digest: string }) {
  const { t } = useTranslation();
  const { space } = repositoryKey.registry;
  const scope = { space, account: null, region: null };
  const found = useQuery({
    queryKey: [...keys.search, "digest", space, digest],
    queryFn: () => api.search({ scope, text: digest, limit: MOST }),
  });
  const places = (found.data?.hits ?? []).filter(
    (hit) => hit.digest === digest && repositoryId(hit.repository) !== repositoryId(repositoryKey),
  );
  return (
    <section className={styles.section} data-testid="same-image">
      <h3 className={styles.heading}>{t("images.panel.elsewhere")}</h3>
      {!found.data ? (
        <Unread read={found} />
      ) : places.length === 0 ? (
        <p className={styles.muted}>{t("images.panel.notElsewhere")}</p>
      ) : (
        <ul className={styles.places}>
          {places.map(({ repository }) => (
            <li key={repositoryId(repository)} className={styles.line}>
              <RegistryName registry={repository.registry} />
              <Link
                to="/images/repository"
                search={{ ...repository.registry, repository: repository.repository, image: digest }}
              >
                <LongName text={repository.repository} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
