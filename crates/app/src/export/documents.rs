//! Documents as they are, or as a plan changes them, as CLI, JSON, Terraform and CloudFormation.

use longshore_policy::{
    export::{Change, Format, Target, export},
    registry_policy::RegistryPolicy,
    replication::ReplicationConfiguration,
};
use serde_json::{Value, json};

use crate::{
    App,
    api::{ApiError, Export, ExportFormat, ExportSubject, Exported, OwnedDocument, RegistryKey},
    documents::DocumentKind,
    export::{
        read::now,
        subjects::{named, of_rewrite},
    },
    steps::{Context, ReplacedDocument, Rewrite},
};

impl App {
    /// A configuration in an export format. If the format cannot express it, the response says so.
    ///
    /// # Errors
    /// `plan-unknown`; the reason why the registry cannot be read.
    pub async fn export(&self, request: Export) -> Result<Exported, ApiError> {
        let format = policy_format(request.format);
        let changes = match &request.what {
            ExportSubject::Plan { plan } => {
                let (changes, others) = self.changes_of_plan(plan)?;
                return Ok(join(&changes, others, format));
            }
            ExportSubject::Replication { registry } => {
                let document = ReplicationConfiguration::from_value(self.read_replication(registry).await?)?;
                let change = Change::Replication { before: document.clone(), after: document };
                vec![(self.target(registry).await?, change)]
            }
            ExportSubject::Policy { registry } => {
                let text = self.read_policy(registry).await?;
                let document = text.as_deref().map(RegistryPolicy::parse).transpose()?;
                let change = Change::RegistryPolicy { before: document.clone(), after: document };
                vec![(self.target(registry).await?, change)]
            }
            ExportSubject::Document { registry, document, text } => {
                let (subject, item) = named(document, registry)?;
                let (before, after) = match text {
                    Some(text) => (None, given(text)?),
                    None => {
                        let connection = self.connection(registry).await?;
                        let now = now(&connection, &subject, item.as_ref()).await?;
                        (Some(now.clone()), now)
                    }
                };
                vec![(self.target(registry).await?, Change::Other { subject, before, after: Some(after) })]
            }
        };
        Ok(join(&changes, 0, format))
    }

    async fn target(&self, registry: &RegistryKey) -> Result<Target, ApiError> {
        let connection = self.connection(registry).await?;
        let endpoint = connection.endpoint.as_ref().map(|url| trimmed(url.as_str()));
        Ok(Target { registry: registry.id(), endpoint })
    }

    /// The documents that a plan writes, in its order, and how many of its steps do something else.
    fn changes_of_plan(&self, id: &str) -> Result<(Vec<(Target, Change)>, usize), ApiError> {
        let plan = self.kept_plan(id)?;
        let (mut changes, mut others) = (Vec::new(), 0);
        for step in &plan.content.steps {
            let Some(context) = &step.context else {
                others += 1;
                continue;
            };
            let of_step = changes_of(&*step.action)?;
            others += usize::from(of_step.is_empty());
            changes.extend(of_step.into_iter().map(|change| (target_of(context), change)));
        }
        Ok((changes, others))
    }
}

/// What a step writes.
fn changes_of(action: &dyn crate::steps::Change) -> Result<Vec<Change>, ApiError> {
    if let Some(change) = action.exported() {
        return Ok(vec![change]);
    }
    if let Some(ReplacedDocument { kind: Some(kind), change }) = action.document() {
        return Ok(vec![change_of(kind, &change.before, &change.after)?]);
    }
    Ok(action.rewrites().iter().filter_map(of_rewrite).collect())
}

/// A document that was typed.
fn given(text: &str) -> Result<Value, ApiError> {
    serde_json::from_str(text).map_err(|error| {
        ApiError::input("export-text", "text", format!("The document is not JSON: {error}."))
    })
}

/// A document that a step would write, in a format.
pub(crate) fn document_in(context: &Context, rewrite: &Rewrite, format: ExportFormat) -> Exported {
    let kind = match rewrite.document {
        OwnedDocument::Replication => Some(DocumentKind::Replication),
        OwnedDocument::Policy => Some(DocumentKind::Policy),
        _ => None,
    };
    let changes = match kind {
        Some(kind) => change_of(kind, &rewrite.before, &rewrite.after).map(Some),
        None => Ok(of_rewrite(rewrite)),
    };
    match changes {
        Ok(change) => {
            let changes: Vec<_> = change.into_iter().map(|change| (target_of(context), change)).collect();
            join(&changes, 0, policy_format(format))
        }
        Err(error) => Exported { text: None, refusal: Some(error.message), file_name: String::new() },
    }
}

fn target_of(context: &Context) -> Target {
    Target { registry: context.registry.id(), endpoint: context.endpoint.as_deref().map(trimmed) }
}

fn change_of(
    kind: DocumentKind,
    before: &Option<String>,
    after: &Option<String>,
) -> Result<Change, ApiError> {
    Ok(match kind {
        DocumentKind::Replication => {
            let read = |text: &Option<String>| match text {
                Some(text) => ReplicationConfiguration::parse(text),
                None => Ok(ReplicationConfiguration::empty()),
            };
            Change::Replication { before: read(before)?, after: read(after)? }
        }
        DocumentKind::Policy => {
            let read = |text: &Option<String>| text.as_deref().map(RegistryPolicy::parse).transpose();
            Change::RegistryPolicy { before: read(before)?, after: read(after)? }
        }
        DocumentKind::Setting(_) | DocumentKind::Iam(_) => {
            return Err(ApiError::internal(format!("A {} has no export.", kind.as_str())));
        }
    })
}

fn policy_format(format: ExportFormat) -> Format {
    match format {
        ExportFormat::Cli => Format::Cli,
        ExportFormat::Json => Format::Json,
        ExportFormat::Terraform => Format::Terraform,
        ExportFormat::CloudFormation => Format::Cloudformation,
    }
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// One text for all documents; the first one that the format cannot express makes it a refusal. Steps that are not
/// in it are counted at its top, if the format has comments.
fn join(changes: &[(Target, Change)], others: usize, format: Format) -> Exported {
    let refused = |why: String| Exported { text: None, refusal: Some(why), file_name: String::new() };
    let mut parts = Vec::with_capacity(changes.len());
    for (target, change) in changes {
        match export(change, target, format) {
            Ok(exported) => parts.push((target, exported)),
            Err(error) => return refused(format!("{error}. {}", error.hint())),
        }
    }
    match parts.as_slice() {
        [] => refused("This plan does not write a document.".into()),
        [(_, one)] => {
            let text = format!("{}{}", left_out(one, others, format), with_notes(one, format));
            Exported { text: Some(text), refusal: None, file_name: one.file_name.clone() }
        }
        several => {
            let extension = several[0].1.file_name.rsplit('.').next().unwrap_or("txt");
            let text = if several.iter().all(|(_, one)| one.text.trim_start().starts_with('{')) {
                let document = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
                let list: Vec<_> = several
                    .iter()
                    .map(|(target, one)| {
                        json!({ "registry": target.registry.to_string(), "file": one.file_name,
                                "document": document(&one.text) })
                    })
                    .collect();
                longshore_policy::pretty(&Value::Array(list))
            } else {
                let part = |one: &longshore_policy::export::Exported| {
                    format!("{}{}", comment(&one.file_name, format), with_notes(one, format))
                };
                let text = several.iter().map(|(_, one)| part(one)).collect::<Vec<_>>().join("\n");
                format!("{}{text}", left_out(&several[0].1, others, format))
            };
            Exported { text: Some(text), refusal: None, file_name: format!("plan.{extension}") }
        }
    }
}

/// How many steps of the plan do something else, as a comment.
fn left_out(one: &longshore_policy::export::Exported, others: usize, format: Format) -> String {
    match others {
        _ if one.text.trim_start().starts_with('{') => String::new(),
        0 => String::new(),
        1 => comment("1 step of the plan writes no document, and is not in this text.", format),
        many => {
            comment(&format!("{many} steps of the plan write no document, and are not in this text."), format)
        }
    }
}

/// The notes as comments at the top, if the format has comments.
fn with_notes(one: &longshore_policy::export::Exported, format: Format) -> String {
    if matches!(format, Format::Json) || one.text.trim_start().starts_with('{') {
        return one.text.clone();
    }
    let notes: String = one.notes.iter().map(|note| comment(note, format)).collect();
    format!("{notes}{}", one.text)
}

/// A line that does nothing. zsh treats `#` at its prompt as a command, so commands use the shell's
/// own no-operation instead.
fn comment(text: &str, format: Format) -> String {
    match format {
        Format::Cli => format!(": '{}'\n", text.replace('\'', "’").replace(['\n', '\r'], " ")),
        _ => format!("# {text}\n"),
    }
}
