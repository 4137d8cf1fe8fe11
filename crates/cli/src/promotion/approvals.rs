//! `longshore promotion request`, `longshore approve` and `longshore promotion key`

use std::path::{Path, PathBuf};

use longshore_app::api::{
    ApprovalKey, ApprovePromotion, EnrolKey, NamedKey, OpenedPromotionRequest, RequestPromotion,
};
use serde_json::{Value, json};

use super::{
    arguments::{Approve, KeyCommand},
    image,
};
use crate::{failure::Failure, files, manage::Managed, output};

/// The largest request.
const LARGEST: u64 = 256 * 1024;

/// Writes a request.
pub(crate) async fn request(
    managed: &Managed,
    (path, named, stage): (String, &str, String),
    tag: Option<String>,
    file: &Path,
    (reason, hours): (Option<String>, Option<u32>),
) -> Result<(), Failure> {
    let (service, build) = image(named);
    let request = RequestPromotion { space: managed.space, path, stage, service, build, tag, reason, hours };
    let written = managed.asking(async || managed.app.request_promotion(request.clone()).await).await?;
    files::create(file, &written.text)?;
    if managed.json {
        let mut summary = event(&written.request);
        summary["file"] = json!(file);
        output::summary(&summary);
        return Ok(());
    }
    output::line(&format!(
        "{} asks to promote {} to {} until {}. Send it to someone who approves it with `longshore approve`.",
        file.display(),
        written.request.digest,
        written.request.stage,
        written.request.expires.format("%Y-%m-%d %H:%M UTC")
    ));
    Ok(())
}

/// Approves a request.
pub(crate) async fn approve(options: Approve) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let (file, key, output) = (options.file, options.key, options.output);
    managed
        .through(async |managed| {
            let text = String::from_utf8(files::read(&file, LARGEST)?)
                .map_err(|_| Failure::Failed(format!("{} is not text in UTF-8.", files::shown(&file))))?;
            let request = ApprovePromotion { space: managed.space, text, key: key.clone() };
            let approved = managed.app.approve_promotion(request).await?;
            let to = output.clone().unwrap_or_else(|| beside(&file));
            files::create(&to, &approved.text)?;
            if managed.json {
                let mut summary = event(&approved.request);
                summary["approver"] = approved.approver.as_str().into();
                summary["file"] = json!(to);
                output::summary(&summary);
                return Ok(());
            }
            let of = &approved.request;
            let service = of.service.as_deref().unwrap_or("a release set");
            output::line(&format!(
                "{} approves {service} {} for `{}` of the path `{}`, asked by {} (nothing proves who wrote the \
                 request).",
                approved.approver, of.digest, of.stage, of.path, of.requested_by
            ));
            output::line(&format!(
                "Send {} back; `longshore promote … --approval FILE` takes it.",
                to.display()
            ));
            Ok(())
        })
        .await
}

fn beside(file: &Path) -> PathBuf {
    if files::is_standard_input(file) {
        return PathBuf::from("approval.json");
    }
    file.with_extension("approval.json")
}

fn event(request: &OpenedPromotionRequest) -> Value {
    json!({
        "event": "summary", "request": request.hash, "path": request.path, "stage": request.stage,
        "service": request.service, "build": request.digest, "tag": request.tag,
        "plan_hash": request.plan_hash, "requested_by": request.requested_by, "created": request.created,
        "expires": request.expires, "reason": request.reason,
    })
}

/// Keys of people.
pub(crate) async fn keys(managed: &Managed, command: KeyCommand) -> Result<(), Failure> {
    let shown = match command {
        KeyCommand::New { name } => vec![managed.app.create_approval_key(NamedKey { name }).await?],
        KeyCommand::List => managed.app.approval_keys().await?,
        KeyCommand::Enrol { name, public } => {
            vec![managed.app.enrol_approval_key(EnrolKey { name, public }).await?]
        }
        KeyCommand::Forget { name } => {
            managed.app.forget_approval_key(NamedKey { name }).await?;
            managed.app.approval_keys().await?
        }
    };
    for ApprovalKey { name, public, own, at } in &shown {
        match managed.json {
            true => {
                output::json(&json!({"event": "key", "name": name, "public": public, "own": own, "at": at}))
            }
            false => {
                let own = if *own { "own" } else { "enrolled" };
                output::line(&format!("{name}  {own}  {public}"));
            }
        }
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "keys": shown.len()}));
    }
    Ok(())
}
