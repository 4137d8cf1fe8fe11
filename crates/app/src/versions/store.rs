//! Documents before they were replaced, in `longshore.db`.
//!
//! Every function runs on a blocking thread, inside the closure that is passed to the database.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Result, Row, params, types::Type};

use crate::{
    api::{RegistryKey, Space, VersionView},
    db::parsed,
};

/// At least this many versions of each document of a registry are retained.
const NEWEST: u32 = 50;
/// Versions younger than this are never removed.
const LEAST_AGE: TimeDelta = TimeDelta::days(366);

/// What is known about the write for which a version was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteState {
    /// It is being sent, or the app ended during the request.
    Sent,
    /// Its outcome is unknown.
    Unknown,
    /// It was carried out.
    Written,
    /// It was not carried out.
    NotWritten,
    /// The document is a different one now, so that the outcome can no longer be determined.
    Otherwise,
}

impl WriteState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Written => "written",
            Self::NotWritten => "not_written",
            Self::Otherwise => "otherwise",
        }
    }

    fn of(word: &str) -> Self {
        let all = [Self::Sent, Self::Written, Self::NotWritten, Self::Otherwise];
        all.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::Unknown)
    }
}

/// A document before it was replaced.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) view: VersionView,
    /// Verbatim; absent when there was no document.
    pub(crate) text: Option<String>,
    /// What was written over it; the inner `None` for a document that was removed, the outer one
    /// when it is unknown.
    pub(crate) wrote: Option<Option<String>>,
    pub(crate) state: WriteState,
    /// The run that replaced it, its title, and the index of the step.
    pub(crate) run: String,
    pub(crate) title: String,
    pub(crate) step: usize,
}

/// Stores a document verbatim before the write that replaces it is sent.
pub(crate) fn put(connection: &Connection, version: &Version) -> Result<()> {
    let VersionView { id, kind, registry, name, at } = &version.view;
    connection.execute(
        "INSERT INTO kept_version (id, kind, space, account, region, at, text, run, title, step, state,
             wrote, wrote_known, name)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            id,
            kind,
            registry.space.word(),
            registry.account.as_str(),
            registry.region.as_str(),
            at.to_rfc3339(),
            version.text,
            version.run,
            version.title,
            i64::try_from(version.step).unwrap_or(-1),
            version.state.as_str(),
            version.wrote.as_ref().and_then(Option::as_deref),
            version.wrote.is_some(),
            name,
        ],
    )?;
    prune(connection, &version.view)
}

/// Removes versions that are both old and not among the newest of their document.
fn prune(connection: &Connection, of: &VersionView) -> Result<()> {
    let VersionView { kind, registry, name, at, .. } = of;
    connection.execute(
        "DELETE FROM kept_version WHERE space = ?1 AND account = ?2 AND region = ?3 AND kind = ?4 AND name IS ?7
         AND state NOT IN ('sent', 'unknown') AND at < ?5 AND id NOT IN (
             SELECT id FROM kept_version WHERE space = ?1 AND account = ?2 AND region = ?3 AND kind = ?4
             AND name IS ?7 ORDER BY at DESC, id DESC LIMIT ?6)",
        params![
            registry.space.word(),
            registry.account.as_str(),
            registry.region.as_str(),
            kind,
            (*at - LEAST_AGE).to_rfc3339(),
            NEWEST,
            name
        ],
    )?;
    Ok(())
}

/// Records the outcome of the write.
pub(crate) fn set_state(connection: &Connection, id: &str, state: WriteState) -> Result<()> {
    connection.execute("UPDATE kept_version SET state = ?2 WHERE id = ?1", params![id, state.as_str()])?;
    Ok(())
}

/// Removes a version whose document was not replaced after all.
pub(crate) fn remove(connection: &Connection, id: &str) -> Result<()> {
    connection.execute("DELETE FROM kept_version WHERE id = ?1", [id])?;
    Ok(())
}

const COLUMNS: &str =
    "id, kind, space, account, region, at, text, run, title, step, state, wrote, wrote_known, name";

fn read(row: &Row<'_>) -> Result<Version> {
    let space: String = row.get(2)?;
    let at: String = row.get(5)?;
    let at = DateTime::parse_from_rfc3339(&at)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(5, Type::Text, error.into()))?;
    let registry = RegistryKey {
        space: if space == Space::Aws.word() { Space::Aws } else { Space::Sandbox },
        account: parsed(row, 3)?,
        region: parsed(row, 4)?,
    };
    let step: i64 = row.get(9)?;
    let state: String = row.get(10)?;
    let wrote = if row.get(12)? { Some(row.get(11)?) } else { None };
    Ok(Version {
        view: VersionView {
            id: row.get(0)?,
            kind: row.get(1)?,
            registry,
            name: row.get(13)?,
            at: at.with_timezone(&Utc),
        },
        text: row.get(6)?,
        run: row.get(7)?,
        title: row.get(8)?,
        step: usize::try_from(step).unwrap_or(usize::MAX),
        wrote,
        state: WriteState::of(&state),
    })
}

/// A version by its id.
pub(crate) fn version(connection: &Connection, id: &str) -> Result<Option<Version>> {
    let sql = format!("SELECT {COLUMNS} FROM kept_version WHERE id = ?1");
    connection.query_row(&sql, [id], read).optional()
}

/// The stored versions of a document, newest first; without a name, of all of this kind in a registry.
pub(crate) fn of_document(
    connection: &Connection,
    registry: &RegistryKey,
    kind: &str,
    name: Option<&str>,
) -> Result<Vec<Version>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM kept_version WHERE space = ?1 AND account = ?2 AND region = ?3 AND kind = ?4
         AND (?5 IS NULL OR name = ?5) ORDER BY at DESC, id DESC LIMIT 500"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters =
        params![registry.space.word(), registry.account.as_str(), registry.region.as_str(), kind, name];
    statement.query_map(parameters, read)?.collect()
}

/// What a run replaced, oldest first. Writes that were not carried out are left out.
pub(crate) fn of_run(connection: &Connection, run: &str) -> Result<Vec<Version>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM kept_version WHERE run = ?1 AND state <> 'not_written' ORDER BY at, id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map([run], read)?.collect()
}

/// Versions of writes with an unknown outcome, of one run or of all.
pub(crate) fn open(connection: &Connection, run: Option<&str>) -> Result<Vec<Version>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM kept_version WHERE state IN ('sent', 'unknown') AND (run = ?1 OR ?1 IS NULL)
         ORDER BY at"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map([run], read)?.collect()
}

/// Versions of a run's step whose write is not known to have been carried out.
pub(crate) fn unsettled(connection: &Connection, run: &str, step: usize) -> Result<Vec<Version>> {
    let sql = format!("SELECT {COLUMNS} FROM kept_version WHERE state <> 'written' AND run = ?1 ORDER BY at");
    let mut statement = connection.prepare_cached(&sql)?;
    let all: Vec<Version> = statement.query_map([run], read)?.collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|version| version.step == step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db, documents::DocumentKind};

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for step in [db::INVENTORY, db::RUNS, db::CONTENT_USE, db::KEPT_VERSIONS, db::WROTE, db::KEPT_NAMES] {
            connection.execute_batch(step).unwrap();
        }
        connection
    }

    fn kept(id: &str, age: TimeDelta, text: Option<&str>) -> Version {
        let registry = RegistryKey {
            space: Space::Sandbox,
            account: "111122223333".parse().unwrap(),
            region: "us-west-2".parse().unwrap(),
        };
        let kind = DocumentKind::Policy.as_str().to_owned();
        Version {
            view: VersionView { id: id.into(), kind, registry, name: None, at: Utc::now() - age },
            text: text.map(str::to_owned),
            run: "run".into(),
            title: "Replace policy".into(),
            step: 0,
            wrote: Some(Some("{}".into())),
            state: WriteState::Sent,
        }
    }

    #[test]
    fn a_version_is_kept_verbatim_and_none_is_kept_as_none() {
        let connection = database();
        for (id, text) in [("a", Some("{ \"rules\" : [1.0] }")), ("b", None)] {
            let one = kept(id, TimeDelta::zero(), text);
            put(&connection, &one).unwrap();
            let back = version(&connection, id).unwrap().unwrap();
            assert_eq!(back.text.as_deref(), text);
            assert_eq!(back.view, one.view);
            assert_eq!((back.wrote, back.state), (one.wrote, WriteState::Sent));
        }
        assert!(version(&connection, "c").unwrap().is_none());
    }

    #[test]
    fn only_what_is_old_and_not_among_the_newest_goes() {
        let connection = database();
        let old = TimeDelta::days(500);
        for number in 0..60 {
            let one = kept(&format!("old-{number:02}"), old - TimeDelta::minutes(number), None);
            put(&connection, &one).unwrap();
            set_state(&connection, &one.view.id, WriteState::Written).unwrap();
        }
        for number in 0..45 {
            put(&connection, &kept(&format!("new-{number}"), TimeDelta::days(300), None)).unwrap();
        }
        let one = kept("now", TimeDelta::zero(), None);
        put(&connection, &one).unwrap();
        let left = of_document(&connection, &one.view.registry, &one.view.kind, None).unwrap();
        assert_eq!(left.len(), 50, "46 of the last year and the 4 newest before it");
        assert_eq!(left[0].view.id, "now");
        assert!(left.iter().any(|version| version.view.id == "old-59"));
        assert!(!left.iter().any(|version| version.view.id == "old-00"));
    }

    #[test]
    fn documents_of_one_kind_are_kept_apart_by_their_names() {
        let connection = database();
        let named = |id: &str, name: Option<&str>| {
            let mut one = kept(id, TimeDelta::zero(), None);
            one.view.name = name.map(str::to_owned);
            one
        };
        for one in [named("a", Some("team/a")), named("b", Some("team/b")), named("c", Some("team/a"))] {
            put(&connection, &one).unwrap();
        }
        let of = |name: Option<&str>| {
            let one = named("x", None).view;
            let all = of_document(&connection, &one.registry, &one.kind, name).unwrap();
            all.into_iter().map(|version| version.view.id).collect::<Vec<_>>()
        };
        assert_eq!(of(Some("team/a")).len(), 2);
        assert_eq!(of(Some("team/b")), ["b"]);
        assert_eq!(of(None).len(), 3);
        assert_eq!(version(&connection, "a").unwrap().unwrap().view.name.as_deref(), Some("team/a"));
    }

    #[test]
    fn every_version_of_the_last_year_is_kept_however_many_are_newer() {
        let connection = database();
        let almost_a_year = TimeDelta::days(365);
        for number in 0..60 {
            let one = kept(&format!("old-{number:02}"), almost_a_year - TimeDelta::minutes(number), None);
            put(&connection, &one).unwrap();
            set_state(&connection, &one.view.id, WriteState::Written).unwrap();
        }
        let one = kept("now", TimeDelta::zero(), None);
        put(&connection, &one).unwrap();
        let left = of_document(&connection, &one.view.registry, &one.view.kind, None).unwrap();
        assert_eq!(left.len(), 61);
    }

    #[test]
    fn what_is_open_is_found_until_it_is_known() {
        let connection = database();
        put(&connection, &kept("a", TimeDelta::zero(), None)).unwrap();
        assert_eq!(open(&connection, Some("run")).unwrap().len(), 1);
        assert!(open(&connection, Some("other")).unwrap().is_empty());
        set_state(&connection, "a", WriteState::Unknown).unwrap();
        assert_eq!(open(&connection, None).unwrap().len(), 1);
        for state in [WriteState::Written, WriteState::NotWritten, WriteState::Otherwise] {
            set_state(&connection, "a", state).unwrap();
            assert!(open(&connection, None).unwrap().is_empty(), "{state:?}");
            assert_eq!(version(&connection, "a").unwrap().unwrap().state, state);
            let left = unsettled(&connection, "run", 0).unwrap().len();
            assert_eq!(left, usize::from(state != WriteState::Written));
        }
    }

    #[test]
    fn what_a_run_of_an_older_longshore_wrote_is_taken_over_from_its_plan() {
        let connection = Connection::open_in_memory().unwrap();
        for step in [db::INVENTORY, db::RUNS, db::CONTENT_USE, db::KEPT_VERSIONS] {
            connection.execute_batch(step).unwrap();
        }
        let action = |after: &str| format!(r#"{{"action":{{"action":"writePolicy","after":{after}}}}}"#);
        let plan = format!(r#"{{"content":{{"steps":[{},{}]}}}}"#, action(r#""{}""#), action("null"));
        let run = "INSERT INTO runs (id, started, active, plan, view) VALUES ('run', '', 0, ?1, '{}')";
        connection.execute(run, [plan]).unwrap();
        let insert =
            "INSERT INTO kept_version (id, kind, space, account, region, at, run, title, step, state)
             VALUES (?1, 'policy', 'aws', '111122223333', 'us-west-2', '2026-01-01T00:00:00Z', ?2, '', ?3, 'written')";
        for (id, run, step) in [("a", "run", 0), ("b", "run", 1), ("c", "run", -1), ("d", "pruned", 0)] {
            connection.execute(insert, params![id, run, step]).unwrap();
        }
        connection.execute_batch(db::WROTE).unwrap();
        connection.execute_batch(db::KEPT_NAMES).unwrap();
        let wrote = |id: &str| version(&connection, id).unwrap().unwrap().wrote;
        assert_eq!((wrote("a"), wrote("b")), (Some(Some("{}".to_owned())), Some(None)));
        assert_eq!((wrote("c"), wrote("d")), (None, None));
    }
}
