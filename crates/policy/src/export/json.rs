//! The document itself.

use serde_json::Value;

use super::{Change, ExportError, Exported, Format, Subject, Target, file_name, subject_file_name};

pub(super) fn export(change: &Change, target: &Target) -> Result<Exported, ExportError> {
    let (text, command) = match change {
        Change::Replication { after, .. } => {
            (crate::pretty(&after.to_request()), "`put-replication-configuration --cli-input-json`")
        }
        Change::RegistryPolicy { after: Some(after), .. } => {
            (after.pretty(), "`put-registry-policy --policy-text`")
        }
        Change::RegistryPolicy { after: None, .. } => {
            return Err(ExportError::Empty { format: Format::Json });
        }
        Change::Other { subject, after, .. } => return of_subject(subject, after.as_ref(), target),
    };
    let notes = vec![
        format!("The whole document of registry {}: it replaces the current one.", target.registry),
        format!("It is the input of {command}."),
    ];
    Ok(Exported { file_name: file_name(change, target, "json"), text: format!("{text}\n"), notes })
}

pub(super) fn of_subject(
    subject: &Subject,
    after: Option<&Value>,
    target: &Target,
) -> Result<Exported, ExportError> {
    let after = after.ok_or(ExportError::Empty { format: Format::Json })?;
    let notes = vec![format!("The whole of {} in registry {}.", subject.phrase(), target.registry)];
    let text = format!("{}\n", crate::pretty(after));
    Ok(Exported { file_name: subject_file_name(subject, target, "json"), text, notes })
}
