//! `longshore request …` and `longshore receipt …`

use std::path::{Path, PathBuf};

use longshore_app::api::{
    ApiError, CheckReceipt, OpenRequest, ReceiptOutcome, RegistryKey, StatementInput, StatementType,
    WriteRequest,
};
use serde_json::{Value, json};

use super::{
    arguments::{self, ApplyRequest, RequestCommand, WriteRequestFile},
    changes::{carry_out, document, word},
    open::Managed,
};
use crate::{
    failure::{Failure, event_of},
    files, output,
};

/// The largest file that is read.
const LARGEST: u64 = 1024 * 1024;

/// Runs a command about requests.
pub(crate) async fn request(options: arguments::Request) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| match command {
            RequestCommand::Write(options) => write(managed, options).await,
            RequestCommand::Show { file } => show(managed, &file).await,
            RequestCommand::Apply(options) => apply(managed, options).await,
        })
        .await
}

/// Checks a receipt.
pub(crate) async fn receipt(options: arguments::Receipt) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let arguments::ReceiptCommand::Check { file } = options.command;
    managed.through(async |managed| check(managed, &file).await).await
}

async fn write(managed: &Managed, options: WriteRequestFile) -> Result<(), Failure> {
    let of = options.statement;
    refuse_existing(&options.file, |_| false)?;
    let registry = managed.registry(&of.destination).await?;
    let mut accounts = Vec::new();
    for source in &of.sources {
        accounts.push(managed.number(source).await?);
    }
    let statement = StatementInput {
        registry: registry.clone(),
        statement_type: StatementType::ReplicationCrossAccount,
        sid: of.sid,
        accounts,
        all_repositories: of.prefixes.is_empty(),
        prefixes: of.prefixes,
        create_repository: true,
    };
    let written = managed.app.write_request(WriteRequest { statement, reason: options.reason }).await?;
    files::create(&options.file, &written.text)?;
    if managed.json {
        output::summary(&json!({
            "event": "summary", "request": written.id, "account": registry.account, "region": registry.region,
            "file": options.file, "document": document(Some(&written.text)),
        }));
    } else {
        output::line(&format!(
            "{} asks {}/{}. Send it to the administrator, who applies it with `longshore request apply`.",
            options.file.display(),
            registry.account,
            registry.region
        ));
    }
    Ok(())
}

async fn show(managed: &Managed, file: &Path) -> Result<(), Failure> {
    let request = OpenRequest { space: managed.space, text: read(file)? };
    let opened = managed.asking(async || managed.app.open_request(request.clone()).await).await?;
    let RegistryKey { account, region, .. } = &opened.registry;
    if managed.json {
        output::summary(&json!({
            "event": "summary", "request": opened.id, "account": account, "region": region,
            "by": {"account": opened.account, "principal": opened.principal},
            "reason": opened.reason, "created": opened.created, "wants": opened.wants,
            "newly_allowed": opened.newly_allowed, "findings": opened.findings,
            "unknown_fields": opened.unknown_fields,
            "problem": opened.problem.as_ref().map(event_of),
        }));
        return Ok(());
    }
    let by = opened.principal.as_deref().unwrap_or(&opened.account);
    output::line(&format!("{by} asks {account}/{region} (nothing proves who wrote the file):"));
    opened.wants.iter().for_each(|want| output::line(&format!("- {want}")));
    if !opened.reason.is_empty() {
        output::line(&format!("Reason: {}", opened.reason));
    }
    match (&opened.problem, opened.newly_allowed.is_empty()) {
        (Some(problem), _) => {
            let hint = problem.hint.as_deref().map(|hint| format!(" {hint}")).unwrap_or_default();
            output::note(&format!("The registry could not be asked: {}{hint}", problem.message));
        }
        (None, true) => output::line("The registry allows all of it already."),
        (None, false) => output::line("It would newly be allowed:"),
    }
    opened.newly_allowed.iter().for_each(|text| output::line(&format!("- {text}")));
    opened.findings.iter().for_each(|found| output::note(&found.text));
    Ok(())
}

async fn apply(managed: &Managed, options: ApplyRequest) -> Result<(), Failure> {
    let request = OpenRequest { space: managed.space, text: read(&options.file)? };
    let planned = managed.asking(async || managed.app.plan_of_request(request.clone()).await).await?;
    let RegistryKey { account, region, .. } = &planned.registry;
    // Before anything is written: a receipt of another request is not lost.
    let file = options.receipt.unwrap_or_else(|| beside(&options.file));
    let of_request = serde_json::from_str::<Value>(&request.text).unwrap_or_default();
    if !options.change.plan {
        refuse_existing(&file, |found| found["request"] == of_request["id"])?;
    }
    let mut summary = json!({
        "event": "summary", "plan": options.change.plan, "account": account, "region": region,
        "not_applied": planned.not_applied, "before": null, "after": null, "run": null, "state": null,
        "receipt": null,
    });
    planned
        .not_applied
        .iter()
        .for_each(|want| output::notes(&[format!("To be done by hand: {want}")], managed.json));
    if planned.change.is_none() {
        let text = format!("The policy of {account}/{region} has it already; nothing has to be written.");
        output::notes(&[text], managed.json);
    }
    if let Some(change) = planned.change {
        let made = carry_out(managed, change, &options.change, false).await?;
        let step = made.plan.steps.first();
        summary["before"] = document(step.and_then(|step| step.before.as_deref()));
        summary["after"] = document(step.and_then(|step| step.after.as_deref()));
        summary["confirm"] = made.plan.confirm.clone().into();
        summary["run"] = made.run.as_ref().map(|run| run.id.as_str()).into();
        summary["state"] = made.run.as_ref().map(|run| word(run.state)).into();
        if let Some(failure) = made.failure {
            summary["error"] = failure.event();
            if managed.json {
                output::summary(&summary);
            }
            return Err(failure);
        }
    }
    if !options.change.plan {
        let receipt = managed.app.write_receipt(request).await?;
        std::fs::write(&file, &receipt.text).map_err(|error| files::unwritable(&file, &error))?;
        summary["receipt"] =
            json!({"file": file, "document": document(Some(&receipt.text)), "applied": receipt.applied});
        if !managed.json {
            output::line(&format!("Send {} back to who asked.", file.display()));
        }
    }
    if managed.json {
        output::summary(&summary);
    }
    Ok(())
}

async fn check(managed: &Managed, file: &Path) -> Result<(), Failure> {
    let check = CheckReceipt { space: managed.space, text: read(file)? };
    let checked = managed.app.check_receipt(check).await?;
    let state = match checked.outcome {
        ReceiptOutcome::Applied => "applied",
        ReceiptOutcome::Partly => "partly",
        ReceiptOutcome::Refused => "refused",
    };
    if managed.json {
        output::summary(&json!({
            "event": "summary", "request": checked.request, "account": checked.registry.account,
            "region": checked.registry.region, "state": state, "as_requested": checked.as_requested,
            "principal": checked.principal, "applied": checked.applied, "unknown_fields": checked.unknown_fields,
        }));
    } else {
        let who = checked.principal.as_deref().unwrap_or("the administrator");
        output::line(&format!("Request {}: {state}, says {who} ({}).", checked.request, checked.applied));
    }
    match checked.outcome {
        ReceiptOutcome::Applied => Ok(()),
        ReceiptOutcome::Partly => Err(Failure::Incomplete("Only a part of the request was applied.".into())),
        ReceiptOutcome::Refused => Err(Failure::Failed("The request was not applied.".into())),
    }
}

/// Refuses a file that exists, unless `is_ours` takes what is in it.
pub(super) fn refuse_existing(file: &Path, is_ours: impl Fn(&Value) -> bool) -> Result<(), ApiError> {
    if std::fs::symlink_metadata(file).is_err() {
        return Ok(());
    }
    let found = read(file).ok().and_then(|text| serde_json::from_str(&text).ok());
    if found.is_some_and(|found: Value| is_ours(&found)) {
        return Ok(());
    }
    let text = format!("{} exists already, and is not replaced.", file.display());
    Err(ApiError::input("file-exists", "file", text).hint("Give another name, or move the file away first."))
}

fn beside(file: &Path) -> PathBuf {
    file.with_extension("receipt.json")
}

pub(super) fn read(file: &Path) -> Result<String, ApiError> {
    let unreadable = |problem: String| {
        ApiError::input("file-unreadable", "file", format!("{} cannot be read: {problem}.", file.display()))
    };
    let data = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?;
    if !data.is_file() || data.len() > LARGEST {
        return Err(unreadable("it is not a file of at most 1 MiB".into()));
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))
}
