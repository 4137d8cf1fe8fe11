//! `longshore path …`

use std::path::Path;

use longshore_app::{
    api::{
        AppliedPaths, ApplyPaths, ExternalGate, Finding, PathKey, PathProblem, PathRow, Severity, TrustGate,
    },
    promotion::path_schema,
};
use serde_json::{Value, json};

use super::arguments::{PathArguments, PathCommand};
use crate::{failure::Failure, files, manage::Managed, output};

/// The largest path file.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Runs a command about paths.
pub(crate) async fn run(options: PathArguments) -> Result<(), Failure> {
    if matches!(options.command, PathCommand::Schema) {
        match options.manage.json {
            true => output::summary(&json!({
                "event": "summary", "schema": serde_json::from_str::<Value>(&path_schema()).unwrap_or_default(),
            })),
            false => output::whole(&format!("{}\n", path_schema())),
        }
        return Ok(());
    }
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| match options.command {
            PathCommand::List => list(managed).await,
            PathCommand::Show { name } => show(managed, name).await,
            PathCommand::Apply { file, plan } => apply(managed, &file, plan).await,
            PathCommand::Remove { name } => remove(managed, name).await,
            PathCommand::Trust { name, hash, end } => trust(managed, name, hash, end).await,
            PathCommand::Schema => Ok(()),
        })
        .await
}

async fn list(managed: &Managed) -> Result<(), Failure> {
    let paths = managed.app.paths(managed.space).await?;
    for path in &paths {
        let PathRow { name, services, stages, hash, changed, .. } = path;
        if managed.json {
            let stages: Vec<Value> = stages
                .iter()
                .map(|stage| {
                    json!({
                        "name": stage.name, "from": stage.from, "registries": stage.registries,
                        "replicated": stage.replicated, "environment": stage.environment,
                        "gates": stage.gates, "approvals": stage.approvals,
                    })
                })
                .collect();
            output::json(&json!({
                "event": "path", "name": name, "services": services, "stages": stages, "hash": hash,
                "changed": changed,
            }));
        } else {
            let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
            output::line(&format!("{name}: {}", names.join(" → ")));
        }
    }
    match managed.json {
        true => output::summary(&json!({"event": "summary", "paths": paths.len()})),
        false if paths.is_empty() => {
            output::note("There is no path yet. `longshore path apply FILE` stores one.")
        }
        false => {}
    }
    Ok(())
}

async fn show(managed: &Managed, name: String) -> Result<(), Failure> {
    let path = managed.app.path(PathKey { space: managed.space, name }).await?;
    match managed.json {
        true => output::summary(&json!({"event": "summary", "name": path.name, "text": path.text})),
        false => output::whole(&path.text),
    }
    Ok(())
}

async fn apply(managed: &Managed, file: &Path, plan: bool) -> Result<(), Failure> {
    let bytes = files::read(file, LARGEST)?;
    let name = files::shown(file);
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::Failed(format!("{name} is not text in UTF-8.")))?;
    let request = ApplyPaths { space: managed.space, text, check_only: plan };
    let AppliedPaths { paths, findings } = managed.app.apply_paths(request).await?;
    for PathProblem { line, column, finding } in &findings {
        let Finding { code, severity, field, text, hint, .. } = finding;
        if managed.json {
            output::json(&json!({
                "event": "finding", "file": name, "line": line, "column": column, "code": code,
                "severity": severity, "field": field, "text": text, "hint": hint,
            }));
            continue;
        }
        let at = match (line, column) {
            (Some(line), Some(column)) => format!("{name}:{line}:{column}"),
            _ => name.clone(),
        };
        let hint = hint.as_deref().map(|hint| format!(" {hint}")).unwrap_or_default();
        output::note(&format!("{at}: {text}{hint}"));
    }
    let errors = findings.iter().filter(|one| one.finding.severity == Severity::Error).count();
    if managed.json {
        let rows: Vec<Value> =
            paths.iter().map(|path| json!({"name": path.name, "change": path.change})).collect();
        output::summary(&json!({
            "event": "summary", "plan": plan, "paths": rows, "findings": findings.len(), "errors": errors,
        }));
    } else {
        paths.iter().for_each(|path| output::line(&format!("{}: {}", path.name, path.change)));
    }
    match errors {
        0 => Ok(()),
        1 => Err(Failure::Failed(format!("{name} has an error; nothing was stored."))),
        many => Err(Failure::Failed(format!("{name} has {many} errors; nothing was stored."))),
    }
}

async fn remove(managed: &Managed, name: String) -> Result<(), Failure> {
    managed.app.remove_path(PathKey { space: managed.space, name: name.clone() }).await?;
    match managed.json {
        true => output::summary(&json!({"event": "summary", "name": name})),
        false => output::line(&format!("{name}: removed. Its record and its images stay.")),
    }
    Ok(())
}

async fn trust(managed: &Managed, name: String, hash: Option<String>, end: bool) -> Result<(), Failure> {
    let path = PathKey { space: managed.space, name };
    let gates = match hash {
        None => managed.app.external_gates(path).await?,
        Some(hash) => managed.app.trust_gate(TrustGate { path, hash, trust: !end }).await?,
    };
    for ExternalGate { stage, call, seconds, hash, trusted } in &gates {
        match managed.json {
            true => output::json(&json!({
                "event": "gate", "stage": stage, "call": call, "seconds": seconds, "hash": hash,
                "trusted": trusted,
            })),
            false => {
                let word = if *trusted { "trusted" } else { "not trusted" };
                output::line(&format!("{}  {word}  {stage}: {}", &hash[..12], call.join(" ")));
            }
        }
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "gates": gates.len()}));
    }
    Ok(())
}
