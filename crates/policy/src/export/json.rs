//! The document itself.

use super::{Change, ExportError, Exported, Format, Target, file_name};

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
    };
    let notes = vec![
        format!("The whole document of registry {}: it replaces the current one.", target.registry),
        format!("It is the input of {command}."),
    ];
    Ok(Exported { file_name: file_name(change, target, "json"), text: format!("{text}\n"), notes })
}
