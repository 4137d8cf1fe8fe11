//! Runs, in `longshore.db`.
//!
//! Every function runs on a blocking thread, inside the closure that is passed to the database.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, Row, named_params, params};

use crate::{
    api::{ListRuns, RunImageRow, RunState, RunView, Space, StepCounts},
    db::like_anywhere,
    plans::Plan,
};

/// Characters of a searched text that are used.
const LONGEST_TEXT: usize = 200;

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn parse<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<T> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, error.into())
    })
}

/// Whether a run has not ended.
pub(crate) fn is_active(view: &RunView) -> bool {
    matches!(view.state, RunState::Waiting | RunState::Running)
}

/// Inserts a new run.
/// `owner` is the command that runs it; absent for the window.
pub(crate) fn insert(
    connection: &Connection,
    plan: &Plan,
    view: &RunView,
    owner: Option<&str>,
) -> Result<()> {
    connection.execute(
        "INSERT INTO runs (id, started, active, plan, view, owner) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![view.id, view.started.to_rfc3339(), is_active(view), json(plan)?, json(view)?, owner],
    )?;
    Ok(())
}

/// Updates the state of a run.
pub(crate) fn update(connection: &Connection, view: &RunView) -> Result<()> {
    connection.execute(
        "UPDATE runs SET active = ?2, view = ?3 WHERE id = ?1",
        params![view.id, is_active(view), json(view)?],
    )?;
    Ok(())
}

/// Stores the images of an engine rule's run, replacing earlier rows of the same images.
pub(crate) fn put_images(connection: &Connection, run: &str, rows: &[RunImageRow]) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO run_image (run, number, failed, name, row)
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1)
         ON CONFLICT (run, number) DO UPDATE SET failed = excluded.failed, name = excluded.name,
             row = excluded.row",
    )?;
    for row in rows {
        let failed = row.image.state == RunState::Failed;
        let name = format!("{} {}", row.image.source, row.image.destination);
        statement.execute(params![run, row.index, failed, name, json(row)?])?;
    }
    Ok(())
}

/// A window of a run's stored images, and their number.
pub(crate) fn images(
    connection: &Connection,
    run: &str,
    only_failed: bool,
    pattern: &str,
    (offset, limit): (u32, u32),
) -> Result<(u32, Vec<RunImageRow>)> {
    let from = "FROM run_image WHERE run = ?1 AND (failed OR NOT ?2) AND name LIKE ?3 ESCAPE '\\'";
    let total = connection
        .prepare_cached(&format!("SELECT count(*) {from}"))?
        .query_row(params![run, only_failed, pattern], |row| row.get(0))?;
    let sql = format!("SELECT row {from} ORDER BY failed DESC, number LIMIT ?4 OFFSET ?5");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![run, only_failed, pattern, limit, offset], |row| parse(row, 0))?;
    Ok((total, rows.collect::<Result<_>>()?))
}

/// Interrupted runs of engine rules that the app had started automatically, newest first.
pub(crate) fn interrupted_by_schedule(connection: &Connection) -> Result<Vec<RunView>> {
    let mut statement = connection.prepare(
        "SELECT view FROM runs WHERE view ->> '$.state' = 'interrupted'
         AND view ->> '$.rule.scheduled' ORDER BY started DESC LIMIT 50",
    )?;
    let rows = statement.query_map([], |row| parse(row, 0))?;
    rows.collect()
}

/// One run, as last stored.
pub(crate) fn run(connection: &Connection, id: &str) -> Result<Option<RunView>> {
    connection.query_row("SELECT view FROM runs WHERE id = ?1", [id], |row| parse(row, 0)).optional()
}

/// The plan that a run carries out.
pub(crate) fn plan(connection: &Connection, id: &str) -> Result<Option<Plan>> {
    connection.query_row("SELECT plan FROM runs WHERE id = ?1", [id], |row| parse(row, 0)).optional()
}

/// Number of runs and a window of them, newest first.
pub(crate) fn window(connection: &Connection, wanted: &ListRuns) -> Result<(u32, Vec<RunView>)> {
    const WANTED: &str = "(active OR NOT :active)
        AND (:space IS NULL OR view ->> '$.space' = :space)
        AND (:state IS NULL OR view -> '$.state' = :state)
        AND view ->> '$.title' LIKE :title ESCAPE '\\'
        AND (:account IS NULL AND :region IS NULL OR EXISTS (
            SELECT 1 FROM (
                SELECT value AS registry FROM json_each(view, '$.registries')
                UNION ALL SELECT value -> '$.registry' FROM json_each(view, '$.steps'))
            WHERE (:account IS NULL OR registry ->> '$.account' = :account)
            AND (:region IS NULL OR registry ->> '$.region' = :region)))";
    let ListRuns { offset, limit, active, scope, state, text } = wanted;
    let short: String = text.iter().flat_map(|text| text.chars()).take(LONGEST_TEXT).collect();
    let title = like_anywhere(&short);
    let filter = named_params! {
        ":active": active, ":space": scope.space.map(Space::word), ":state": state.as_ref().map(json).transpose()?, ":title": title,
        ":account": scope.account, ":region": scope.region,
    };
    let total =
        connection
            .query_row(&format!("SELECT count(*) FROM runs WHERE {WANTED}"), filter, |row| row.get(0))?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT view FROM runs WHERE {WANTED} ORDER BY started DESC, id DESC LIMIT {} OFFSET {offset}",
        (*limit).clamp(1, 200),
    ))?;
    let rows = statement.query_map(filter, |row| parse(row, 0))?;
    Ok((total, rows.collect::<Result<_>>()?))
}

/// Runs that were in progress when the app ended. They are marked as interrupted, and can be
/// resumed.
///
/// Runs of commands that still work are left to them.
pub(crate) fn interrupt_unfinished(
    connection: &Connection,
    is_alive: impl Fn(&str) -> bool,
) -> Result<usize> {
    let mut statement = connection.prepare("SELECT view, owner FROM runs WHERE active")?;
    let rows = statement.query_map([], |row| Ok((parse(row, 0)?, row.get(1)?)))?;
    let mut views: Vec<(RunView, Option<String>)> = rows.collect::<Result<_>>()?;
    views.retain(|(_, owner)| !owner.as_deref().is_some_and(&is_alive));
    for (mut view, _) in views.iter().cloned() {
        interrupt(&mut view);
        update(connection, &view)?;
    }
    Ok(views.len())
}

/// Marks everything that was in progress as interrupted by the end of the app.
pub(crate) fn interrupt(view: &mut RunView) {
    let stop = |state: &mut RunState| {
        if *state == RunState::Running {
            *state = RunState::Interrupted;
        }
    };
    view.steps.iter_mut().for_each(|step| stop(&mut step.state));
    view.images.iter_mut().for_each(|image| stop(&mut image.state));
    view.state = RunState::Interrupted;
    view.counts = Some(StepCounts::of(&view.steps));
    view.can_cancel = false;
    view.can_retry = true;
}

/// Removes runs that ended before `oldest`, and all others except the newest `most`. Runs in
/// progress stay, and so do replaced documents. Returns the number of removed runs.
pub(crate) fn prune(connection: &Connection, oldest: DateTime<Utc>, most: u32) -> Result<usize> {
    connection.execute(
        "DELETE FROM runs WHERE NOT active AND (started < ?1 OR id IN (
             SELECT id FROM runs WHERE NOT active ORDER BY started DESC, id DESC LIMIT -1 OFFSET ?2))",
        params![oldest.to_rfc3339(), most],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{RunStep, Scope, Space},
        plans::Content,
    };

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(crate::db::RUNS).unwrap();
        connection.execute_batch("ALTER TABLE runs ADD COLUMN owner TEXT").unwrap();
        connection
    }

    fn put(connection: &Connection, id: &str, state: RunState) {
        let at = Utc::now();
        let plan = Plan { id: "plan".into(), at, content: Content::new(Space::Sandbox, id) };
        let step = RunStep { text: "x".into(), state, result: None, error: None, registry: None };
        let view = RunView {
            id: id.into(),
            space: Space::Sandbox,
            title: id.into(),
            state,
            started: at,
            ended: None,
            steps: vec![step],
            registries: Vec::new(),
            images: Vec::new(),
            bytes_moved: 0,
            bytes_total: 0,
            bytes_saved: 0,
            error: None,
            waiting: None,
            can_cancel: true,
            can_retry: false,
            versions: Vec::new(),
            unhealed: None,
            transfer: None,
            rule: None,
            request: None,
            counts: None,
        };
        insert(connection, &plan, &view, None).unwrap();
    }

    fn wanted(active: bool, space: Option<Space>) -> ListRuns {
        let scope = Scope { space, ..Scope::default() };
        ListRuns { offset: 0, limit: 10, active, scope, state: None, text: None }
    }

    #[test]
    fn runs_under_way_are_interrupted_and_finished_ones_are_not() {
        let connection = database();
        put(&connection, "1", RunState::Running);
        put(&connection, "2", RunState::Done);
        assert_eq!(window(&connection, &wanted(true, None)).unwrap().0, 1);
        assert_eq!(interrupt_unfinished(&connection, |_| false).unwrap(), 1);
        let (total, all) = window(&connection, &wanted(false, None)).unwrap();
        assert_eq!(window(&connection, &wanted(false, Some(Space::Sandbox))).unwrap().0, total);
        assert_eq!(window(&connection, &wanted(false, Some(Space::Aws))).unwrap(), (0, Vec::new()));
        assert_eq!(total, 2);
        let states: Vec<_> = all.iter().map(|view| (view.id.as_str(), view.state)).collect();
        assert_eq!(states, [("2", RunState::Done), ("1", RunState::Interrupted)]);
        assert!(all[1].can_retry && all[1].steps[0].state == RunState::Interrupted);
        assert_eq!(window(&connection, &wanted(true, None)).unwrap().0, 0);
        assert_eq!(plan(&connection, "1").unwrap().unwrap().content.title, "1");
        assert!(run(&connection, "3").unwrap().is_none());
    }

    #[test]
    fn old_runs_go_and_those_under_way_stay() {
        let connection = database();
        for number in 0..6 {
            put(&connection, &number.to_string(), RunState::Done);
        }
        put(&connection, "going", RunState::Running);
        let long_ago = Utc::now() - chrono::TimeDelta::days(1);
        assert_eq!(prune(&connection, long_ago, 6).unwrap(), 0);
        assert_eq!(prune(&connection, long_ago, 4).unwrap(), 2);
        assert!(run(&connection, "1").unwrap().is_none() && run(&connection, "2").unwrap().is_some());
        let tomorrow = Utc::now() + chrono::TimeDelta::days(1);
        assert_eq!(prune(&connection, tomorrow, 4).unwrap(), 4);
        assert_eq!(window(&connection, &wanted(false, None)).unwrap().0, 1, "the one in progress");
    }
}
