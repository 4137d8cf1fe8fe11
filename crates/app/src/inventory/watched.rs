//! What is read next: repositories that are due again, and images whose replication a person may be
//! waiting for.

use std::collections::HashSet;

use longshore_policy::replication::RuleView;
use rusqlite::{Transaction, params};

use super::rows;
use crate::api::{ApiError, RegistryKey, RepositoryKey};

/// Images whose status is requested in one round, for each registry; images on the screen have the
/// same limit in addition.
pub(super) const MOST: usize = 24;
/// How many of these are reserved for images with a replication in progress, however many others
/// were pushed since.
const UNDER_WAY: usize = 16;
/// An image whose status is to be requested.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) number: i64,
    pub(super) repository: String,
    pub(super) digest: String,
    pub(super) changed: Option<i64>,
}

/// The repository whose images were read the longest ago, if that is before the first of `ages`, or
/// before the second and a rule replicates the repository.
pub(super) fn stalest(
    tx: &Transaction<'_>,
    registry: RegistryKey,
    (usual, replicated): (i64, i64),
    rules: &[RuleView],
) -> Result<Option<RepositoryKey>, ApiError> {
    let Some(number) = rows::registry_number(tx, &registry, false)? else { return Ok(None) };
    let mut statement = tx.prepare_cached(
        "SELECT name, images_read IS NULL OR images_read < ?2 FROM repository
         WHERE registry = ?1 AND problem IS NULL AND (images_read IS NULL OR images_read < max(?2, ?3))
         ORDER BY images_read NULLS FIRST, name",
    )?;
    let mut rows = statement.query(params![number, usual, replicated])?;
    while let Some(row) = rows.next()? {
        let (repository, is_old): (String, bool) = (row.get(0)?, row.get(1)?);
        let taken = || repository.parse().is_ok_and(|name| rules.iter().any(|rule| rule.takes(&name)));
        if is_old || taken() {
            return Ok(Some(RepositoryKey { registry, repository }));
        }
    }
    Ok(None)
}

/// The images of one round: those in progress, the least recently requested first; then images that
/// were pushed again since their last request, or pushed recently without any status yet, in turns;
/// then what is on the screen. Only images that a rule replicates.
pub(super) fn watched(
    tx: &Transaction<'_>,
    registry: i64,
    rules: &[RuleView],
    first_word: i64,
    round: usize,
    shown: Option<(String, Vec<String>)>,
) -> Result<Vec<Watched>, ApiError> {
    let taken = |repository: &str| repository.parse().is_ok_and(|name| rules.iter().any(|r| r.takes(&name)));
    let find = |sql: &str, parameters: &[&dyn rusqlite::ToSql], most: usize| {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut images = Vec::new();
        while images.len() < most
            && let Some(row) = rows.next()?
        {
            let repository: String = row.get(1)?;
            if taken(&repository) {
                images.push(Watched {
                    number: row.get(0)?,
                    repository,
                    digest: row.get(2)?,
                    changed: row.get(3)?,
                });
            }
        }
        Ok::<_, ApiError>(images)
    };
    let mut under_way = find(
        "SELECT i.key, p.name, i.digest, i.changed
         FROM replication r JOIN image i ON i.key = r.image JOIN repository p ON p.key = i.repository
         WHERE p.registry = ?1 AND r.state = 'inProgress'
         GROUP BY i.key ORDER BY min(r.seen), i.key",
        params![registry],
        MOST,
    )?;
    let mut pushed = find(
        "SELECT i.key, p.name, i.digest, i.changed FROM image i JOIN repository p ON p.key = i.repository
         WHERE p.registry = ?1 AND i.key IN (
             SELECT c.key FROM image c JOIN replication r ON r.image = c.key
                   WHERE c.changed IS NOT NULL AND r.seen <= c.changed
             UNION SELECT c.key FROM image c WHERE c.changed > ?2
                   AND NOT EXISTS (SELECT 1 FROM replication r WHERE r.image = c.key))
         ORDER BY i.changed DESC, i.key",
        params![registry, first_word],
        1_000,
    )?;
    let room = MOST - under_way.len().min(UNDER_WAY);
    if pushed.len() > room {
        let turn = (round * room) % pushed.len();
        pushed.rotate_left(turn);
        pushed.truncate(room);
    }
    under_way.truncate(MOST - pushed.len());
    let mut images = under_way;
    images.extend(pushed);
    if let Some((repository, digests)) = shown {
        for digest in &digests {
            images.extend(find(
                "SELECT i.key, p.name, i.digest, i.changed
                 FROM image i JOIN repository p ON p.key = i.repository
                 WHERE p.registry = ?1 AND p.name = ?2 AND i.digest = ?3",
                params![registry, repository, digest],
                1,
            )?);
        }
    }
    let mut seen = HashSet::new();
    images.retain(|image| seen.insert(image.number));
    Ok(images)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use longshore_policy::replication::ReplicationConfiguration;
    use rusqlite::Connection;
    use serde_json::json;

    use super::*;
    use crate::db::INVENTORY;

    /// A registry with images 1 to `images` of a repository. Those up to `under_way` are
    /// IN_PROGRESS; the others were pushed later and have no status yet.
    fn database(images: i64, under_way: i64) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(INVENTORY).unwrap();
        let fixed = "INSERT INTO registry (key, space, account, region) VALUES (1, 'sandbox', 'a', 'r');
             INSERT INTO repository (key, registry, name, uri, settings, created)
                 VALUES (1, 1, 'prod-app', '', '{}', 0), (2, 1, 'other', '', '{}', 0)";
        connection.execute_batch(fixed).unwrap();
        let image = "INSERT INTO image (key, repository, digest, bytes, pushed, media_type, changed)
                     VALUES (?1, ?2, 'sha256:' || ?1, 0, 0, '', ?1)";
        for number in 1..=images {
            connection.execute(image, params![number, 1]).unwrap();
        }
        connection.execute(image, params![images + 1, 2]).unwrap();
        for number in 1..=under_way {
            asked(&connection, number, 10_000);
        }
        connection
    }

    fn asked(connection: &Connection, image: i64, at: i64) {
        let sql = "INSERT OR REPLACE INTO replication (image, account, region, state, seen)
                   VALUES (?1, 'b', 'r', 'inProgress', ?2)";
        connection.execute(sql, params![image, at]).unwrap();
    }

    fn rules() -> Vec<RuleView> {
        let document = json!({"rules": [{
            "destinations": [{"region": "us-west-2", "registryId": "444455556666"}],
            "repositoryFilters": [{"filter": "prod-", "filterType": "PREFIX_MATCH"}],
        }]});
        ReplicationConfiguration::from_value(document).unwrap().rules()
    }

    fn round(connection: &mut Connection, round: usize) -> Vec<i64> {
        let tx = connection.transaction().unwrap();
        let found = watched(&tx, 1, &rules(), 0, round, None).unwrap();
        found.iter().map(|image| image.number).collect()
    }

    #[test]
    fn old_images_on_their_way_do_not_wait_behind_new_ones_nor_the_other_way_round() {
        let mut connection = database(240, 40);
        let mut turns: HashMap<i64, usize> = HashMap::new();
        for at in 0..30 {
            let found = round(&mut connection, at);
            assert_eq!(found.len(), MOST);
            assert_eq!(found.iter().filter(|number| **number <= 40).count(), UNDER_WAY);
            for number in found {
                *turns.entry(number).or_default() += 1;
                if number <= 40 {
                    asked(&connection, number, 10_001 + i64::try_from(at).unwrap());
                }
            }
        }
        assert_eq!(turns.len(), 240, "every image had a turn, and the one that no rule replicates had none");
        assert!((1..=40).all(|number| turns[&number] >= 10), "{turns:?}");
    }

    #[test]
    fn the_room_that_one_kind_leaves_is_the_others() {
        assert_eq!(round(&mut database(3, 3), 0), [1, 2, 3]);
        assert_eq!(round(&mut database(100, 0), 0).len(), MOST);
        assert_eq!(round(&mut database(50, 50), 0).len(), MOST);
    }
}
