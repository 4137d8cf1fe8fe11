//! What the owner of a document has to change.

use longshore_policy::{indented, unified_diff};

use super::label;
use crate::{
    api::{DocumentKey, ExportFormat, ManagedDocument, OwnedDocument, Owner, OwnerSource, Snippet},
    export::document_in,
    steps::{Context, Rewrite},
};

/// A document that a step would write, with the difference and the text for its owner.
pub(crate) fn managed(
    context: &Context,
    key: &DocumentKey,
    owner: &Owner,
    rewrite: Option<&Rewrite>,
) -> ManagedDocument {
    let shown = |text: &Option<String>| text.as_deref().map(indented);
    let (before, after) =
        rewrite.map(|rewrite| (shown(&rewrite.before), shown(&rewrite.after))).unwrap_or_default();
    let file = file_name(key);
    let formats: &[ExportFormat] = match owner.source {
        OwnerSource::CloudFormation => &[ExportFormat::CloudFormation],
        OwnerSource::Terraform => &[ExportFormat::Terraform],
        OwnerSource::Mark => &[ExportFormat::Terraform, ExportFormat::CloudFormation],
    };
    // A part of a repository has no snippet of its own: the owner's resource has more than the part.
    let is_whole = !matches!(key.document, OwnedDocument::Repository { .. });
    let snippet = |&format: &ExportFormat| {
        let exported = document_in(context, rewrite?, format);
        Some(Snippet { format, text: exported.text, refusal: exported.refusal })
    };
    ManagedDocument {
        key: key.clone(),
        label: label(key),
        owner: owner.clone(),
        may_override: owner.source == OwnerSource::Mark,
        diff: unified_diff(&format!("{file}.json"), before.as_deref(), after.as_deref()),
        file_name: format!("{file}.patch"),
        snippets: formats.iter().filter(|_| is_whole).filter_map(snippet).collect(),
    }
}

/// `policy-111122223333-us-west-2`, without folders.
fn file_name(key: &DocumentKey) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' };
    label(key).chars().map(plain).take(100).collect()
}
