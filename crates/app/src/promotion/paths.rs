//! Paths as they are stored: one row for each, its text in the form of a path file.

use longshore_promotion::path::{
    Path, PathFile, PathFileRead, PathText, compile, paths_to_yaml, read_path_file, schema,
};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::{
    App,
    api::{
        ApiError, AppEvent, AppliedPath, AppliedPaths, ApplyPaths, PathKey, PathProblem, PathRow, PathStage,
        PathText as ShownPath, Space,
    },
    db::to_ms,
    plans::finding,
    promotion::view::registry_name,
};

/// The JSON Schema of a path file, indented.
pub fn path_schema() -> String {
    serde_json::to_string_pretty(&schema()).unwrap_or_default()
}

impl App {
    /// The paths of a space, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn paths(&self, space: Space) -> Result<Vec<PathRow>, ApiError> {
        let texts = self.db.read(move |tx| texts(tx, space)).await?;
        let paths = compiled(texts.iter().map(|(text, _)| text.clone()).collect())?;
        let row = |(path, (_, changed)): (&Path, &(PathText, i64))| row(space, path, *changed);
        Ok(paths.iter().zip(&texts).map(row).collect())
    }

    /// A path as a file.
    ///
    /// # Errors
    /// `promotion-path-unknown`.
    pub async fn path(&self, key: PathKey) -> Result<ShownPath, ApiError> {
        let PathKey { space, name } = key;
        let wanted = name.clone();
        let found = self
            .db
            .read(move |tx| {
                let sql = "SELECT yaml FROM promotion_path WHERE space = ?1 AND name = ?2";
                Ok(tx.query_row(sql, params![space.word(), wanted], |row| row.get(0)).optional()?)
            })
            .await?;
        match found {
            Some(text) => Ok(ShownPath { name, text }),
            None => Err(unknown(&name, &self.path_names(space).await?)),
        }
    }

    /// Stores the paths of a file; a path of the same name is replaced, others stay. A file with an error
    /// changes nothing, and its findings say where and what to do.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn apply_paths(&self, request: ApplyPaths) -> Result<AppliedPaths, ApiError> {
        let ApplyPaths { space, text, check_only } = request;
        let (read, findings) = read_path_file(&text);
        let mut applied = AppliedPaths::default();
        applied.findings.extend(findings.iter().map(problem));
        let Some(PathFileRead { file, .. }) = read else { return Ok(applied) };
        let now = self.now();
        let (problems, changes) = self
            .db
            .write(move |tx| {
                let known = texts(tx, space)?;
                // Paths are also checked against those that stay: names, and cycles.
                let stays = |one: &&(PathText, i64)| !file.paths.iter().any(|new| new.name == one.0.name);
                let mut all: Vec<PathText> =
                    known.iter().filter(stays).map(|(text, _)| text.clone()).collect();
                all.extend(file.paths.iter().cloned());
                let (paths, findings) = compile(&PathFile { version: None, paths: all });
                if paths.is_none() {
                    let errors = findings.iter().filter(|one| one.is_error());
                    return Ok((errors.map(problem).collect(), Vec::new()));
                }
                let mut changes = Vec::new();
                for path in file.paths {
                    let before = known.iter().find(|(one, _)| one.name == path.name);
                    let change = match before {
                        Some((same, _)) if *same == path => "unchanged",
                        Some(_) => "changed",
                        None => "created",
                    };
                    changes.push((path.name.clone(), change.to_owned()));
                    if check_only || change == "unchanged" {
                        continue;
                    }
                    let yaml = paths_to_yaml(&PathFile { version: None, paths: vec![path.clone()] });
                    tx.execute(
                        "INSERT INTO promotion_path (space, name, yaml, changed) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (space, name) DO UPDATE SET yaml = excluded.yaml,
                             changed = excluded.changed",
                        params![space.word(), path.name, yaml, to_ms(now)],
                    )?;
                }
                Ok((Vec::new(), changes))
            })
            .await?;
        applied.findings.extend(problems);
        applied.paths = changes.into_iter().map(|(name, change)| AppliedPath { name, change }).collect();
        self.events.send(AppEvent::Promotions);
        Ok(applied)
    }

    /// Forgets a path; the record and the images stay.
    ///
    /// # Errors
    /// `promotion-path-unknown`.
    pub async fn remove_path(&self, key: PathKey) -> Result<(), ApiError> {
        let PathKey { space, name } = key;
        let wanted = name.clone();
        let removed = self
            .db
            .write(move |tx| {
                let sql = "DELETE FROM promotion_path WHERE space = ?1 AND name = ?2";
                Ok(tx.execute(sql, params![space.word(), wanted])?)
            })
            .await?;
        if removed == 0 {
            return Err(unknown(&name, &self.path_names(space).await?));
        }
        self.events.send(AppEvent::Promotions);
        Ok(())
    }

    async fn path_names(&self, space: Space) -> Result<Vec<String>, ApiError> {
        let texts = self.db.read(move |tx| texts(tx, space)).await?;
        Ok(texts.into_iter().map(|(text, _)| text.name).collect())
    }
}

/// Every path of a space, by name.
pub(crate) async fn load_paths(app: &App, space: Space) -> Result<Vec<Path>, ApiError> {
    let texts = app.db.read(move |tx| texts(tx, space)).await?;
    compiled(texts.into_iter().map(|(text, _)| text).collect())
}

/// The path of a name.
///
/// # Errors
/// `promotion-path-unknown`, with the names that there are.
pub(crate) async fn known_path(app: &App, space: Space, name: &str) -> Result<Path, ApiError> {
    let paths = load_paths(app, space).await?;
    let names: Vec<String> = paths.iter().map(|path| path.name.to_string()).collect();
    paths.into_iter().find(|path| path.name.as_str() == name).ok_or_else(|| unknown(name, &names))
}

fn unknown(name: &str, known: &[String]) -> ApiError {
    let text = format!("There is no path `{}`.", longshore_names::shown(name, 64));
    let error = ApiError::input("promotion-path-unknown", "path", text);
    match known {
        [] => error.hint("Write a path file and store it with `longshore path apply FILE`."),
        known => error.hint(format!("Known paths: {}.", known.join(", "))),
    }
}

/// The stored paths with the time of their last change, by name.
fn texts(tx: &Transaction<'_>, space: Space) -> Result<Vec<(PathText, i64)>, ApiError> {
    let sql = "SELECT yaml, changed FROM promotion_path WHERE space = ?1 ORDER BY name";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([space.word()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(String, i64)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for (yaml, changed) in rows {
        let (read, _) = read_path_file(&yaml);
        let read = read.ok_or_else(|| ApiError::internal("A stored path cannot be read."))?;
        found.extend(read.file.paths.into_iter().map(|path| (path, changed)));
    }
    Ok(found)
}

fn compiled(texts: Vec<PathText>) -> Result<Vec<Path>, ApiError> {
    let (paths, _) = compile(&PathFile { version: None, paths: texts });
    paths.ok_or_else(|| ApiError::internal("The stored paths do not fit together."))
}

fn problem(found: &longshore_policy::Finding) -> PathProblem {
    let position = found.position.map(|at| (number(at.line), number(at.column)));
    PathProblem {
        line: position.map(|(line, _)| line),
        column: position.map(|(_, column)| column),
        finding: finding(found),
    }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn row(space: Space, path: &Path, changed: i64) -> PathRow {
    let stage = |stage: &longshore_promotion::path::Stage| PathStage {
        name: stage.name.to_string(),
        from: path.previous(stage).map(|from| from.name.to_string()),
        registries: listed(stage, false),
        replicated: listed(stage, true),
        environment: stage.environment.clone(),
        gates: stage.gates.iter().map(|gate| gate.key().to_owned()).collect(),
        approvals: stage.approvals(),
    };
    PathRow {
        space,
        name: path.name.to_string(),
        services: path.services.clone(),
        stages: path.stages.iter().map(stage).collect(),
        hash: path.hash.clone(),
        changed: crate::db::from_ms(changed),
    }
}

fn listed(stage: &longshore_promotion::path::Stage, replicated: bool) -> Vec<String> {
    let those = stage.destinations.iter().filter(|one| one.replicated == replicated);
    those.map(|one| registry_name(&one.registry)).collect()
}
