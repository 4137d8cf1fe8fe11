//! `longshore expected …`: what should be in a registry, as a list says, and what is absent.

use std::path::{Path, PathBuf};

use longshore_app::api::{
    CheckExpected, Expected, ExpectedRepositories, ExpectedRow, ExpectedSource, ExpectedState, WriteExpected,
};
use serde_json::{Value, json};

use super::{
    arguments::{self, ExpectedCommand},
    open::Managed,
    request::{read, refuse_existing},
};
use crate::{
    failure::{Failure, event_of},
    files, output,
};

/// Runs a command about expected images.
pub(crate) async fn run(options: arguments::Expected) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| match command {
            ExpectedCommand::Write { registry, file, prefixes, newest } => {
                write(managed, &registry, file, prefixes, newest).await
            }
            ExpectedCommand::Check { registry, file } => check(managed, &registry, &file).await,
        })
        .await
}

async fn write(
    managed: &Managed,
    registry: &str,
    file: Option<PathBuf>,
    prefixes: Vec<String>,
    newest: u32,
) -> Result<(), Failure> {
    if let Some(file) = &file {
        refuse_existing(file, |_| false)?;
    }
    let registry = managed.registry(registry).await?;
    let request = WriteExpected { registry: registry.clone(), prefixes, newest };
    let written = managed.asking(async || managed.app.write_expected(request.clone()).await).await?;
    if let Some(file) = &file {
        files::create(file, &written.text)?;
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": registry.account, "region": registry.region, "file": file,
            "text": written.text, "images": written.images, "left_out": written.left_out,
        }));
        return Ok(());
    }
    match &file {
        Some(file) => output::line(&format!("{} names {}.", file.display(), images(written.images as usize))),
        None => written.text.lines().for_each(output::line),
    }
    if written.left_out > 0 {
        output::note(&format!("{} more are left out.", images(written.left_out as usize)));
    }
    Ok(())
}

async fn check(managed: &Managed, registry: &str, file: &Path) -> Result<(), Failure> {
    let registry = managed.registry(registry).await?;
    let request = CheckExpected { registry, text: read(file)? };
    let expected = managed.asking(async || managed.app.check_expected(request.clone()).await).await?;
    if managed.json {
        expected.images.iter().for_each(|row| output::json(&row_event(row)));
        for ExpectedRepositories { names, found, more } in &expected.repositories {
            output::json(
                &json!({"event": "expected_repositories", "names": names, "found": found, "more": more}),
            );
        }
    } else {
        show(&expected);
    }
    let is = |state: ExpectedState| expected.images.iter().filter(move |row| row.state == state).count();
    let (present, unknown) = (is(ExpectedState::Present), is(ExpectedState::Unknown));
    let nowhere = expected.repositories.iter().filter(|stated| stated.found.is_empty()).count();
    let absent = expected.images.len() - present - unknown + nowhere;
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": expected.registry.account, "region": expected.registry.region,
            "source": source(&expected.source), "expected": expected.images.len() + expected.repositories.len(),
            "absent": absent, "unknown": unknown, "at": expected.at,
        }));
    }
    match (absent, unknown) {
        (0, 0) => Ok(()),
        (0, unknown) => Err(Failure::Failed(format!("{} could not be checked.", images(unknown)))),
        (absent, _) => {
            Err(Failure::Incomplete(format!("{absent} of what is expected is not there as stated.")))
        }
    }
}

fn show(expected: &Expected) {
    match &expected.source {
        ExpectedSource::List { note: Some(note) } => output::line(&format!("As the list says ({note}):")),
        ExpectedSource::List { note: None } => output::line("As the list says:"),
        ExpectedSource::Request { id, account, .. } => {
            output::line(&format!("As request {id} of {account} says, which names no images:"));
        }
    }
    for row in &expected.images {
        let ExpectedRow { repository, tag, digest, found, image, problem, .. } = row;
        let tag = tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        let state = match row.state {
            ExpectedState::Present => "present".into(),
            ExpectedState::OtherImage => {
                format!("another image: {}", found.as_deref().unwrap_or_default())
            }
            ExpectedState::Untagged => "present without the tag".into(),
            ExpectedState::Absent => "absent".into(),
            ExpectedState::NoRepository => "absent: the repository does not exist".into(),
            ExpectedState::Unknown => {
                let why = problem.as_ref().map(|problem| problem.message.as_str()).unwrap_or_default();
                format!("unknown: {why}")
            }
        };
        output::line(&format!("{repository}{tag}{digest}  {state}"));
        if let Some(image) = image {
            output::line(&format!("  {image}"));
        }
    }
    for ExpectedRepositories { names, found, more } in &expected.repositories {
        let more = if *more > 0 { format!(" and {more} more") } else { String::new() };
        output::line(&match found.is_empty() {
            true => format!("{names}  absent: there is no such repository"),
            false => format!("{names}  {}{more}", found.join(", ")),
        });
    }
}

fn row_event(row: &ExpectedRow) -> Value {
    let state = match row.state {
        ExpectedState::Present => "present",
        ExpectedState::OtherImage => "other_image",
        ExpectedState::Untagged => "untagged",
        ExpectedState::Absent => "absent",
        ExpectedState::NoRepository => "no_repository",
        ExpectedState::Unknown => "unknown",
    };
    json!({
        "event": "expected_image", "line": row.line, "repository": row.repository, "tag": row.tag,
        "digest": row.digest, "state": state, "found": row.found, "image": row.image,
        "problem": row.problem.as_ref().map(event_of),
    })
}

fn source(source: &ExpectedSource) -> Value {
    match source {
        ExpectedSource::List { note } => json!({"kind": "list", "note": note}),
        ExpectedSource::Request { id, account, created, .. } => {
            json!({"kind": "request", "request": id, "account": account, "created": created})
        }
    }
}

fn images(count: usize) -> String {
    if count == 1 { "1 image".into() } else { format!("{count} images") }
}
