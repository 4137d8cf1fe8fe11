//! Documents and their owners in words.

use crate::{
    App,
    api::{DocumentKey, OwnedDocument, Owner, OwnerSource},
};

/// The document as a person types it: `policy:111122223333/us-west-2`. Also its file name in a difference.
pub(crate) fn label(key: &DocumentKey) -> String {
    let DocumentKey { registry, document } = key;
    let (kind, name) = kind_and_name(document);
    let name = name.map(|name| format!("/{name}")).unwrap_or_default();
    format!("{kind}:{}/{}{name}", registry.account, registry.region)
}

/// The word for a type of document, and which one of its registry it is.
pub(super) fn kind_and_name(document: &OwnedDocument) -> (&'static str, Option<&str>) {
    match document {
        OwnedDocument::Replication => ("replication", None),
        OwnedDocument::Policy => ("policy", None),
        OwnedDocument::Repository { name } => ("repository", Some(name)),
        OwnedDocument::RepositoryPolicy { name } => ("repository-policy", Some(name)),
        OwnedDocument::LifecyclePolicy { name } => ("lifecycle-policy", Some(name)),
        OwnedDocument::Template { prefix } => ("template", Some(prefix)),
    }
}

/// The document with its place: *The registry policy of Prod / us-west-2*.
pub(super) fn named(app: &App, key: &DocumentKey) -> String {
    let place = app.accounts.label(&key.registry);
    match &key.document {
        OwnedDocument::Replication => format!("The replication configuration of {place}"),
        OwnedDocument::Policy => format!("The registry policy of {place}"),
        OwnedDocument::Repository { name } => format!("Repository `{name}` of {place}"),
        OwnedDocument::RepositoryPolicy { name } => format!("The policy of repository `{name}` of {place}"),
        OwnedDocument::LifecyclePolicy { name } => {
            format!("The lifecycle policy of repository `{name}` of {place}")
        }
        OwnedDocument::Template { prefix } => format!("The creation template `{prefix}` of {place}"),
    }
}

/// Who manages the document, one sentence.
pub(crate) fn managed_text(app: &App, key: &DocumentKey, owner: &Owner) -> String {
    let named = named(app, key);
    let Owner { source, name, detail } = owner;
    let detail = detail.as_deref().unwrap_or_default();
    match source {
        OwnerSource::CloudFormation => {
            format!("{named} is managed by the CloudFormation stack `{name}` (resource `{detail}`).")
        }
        OwnerSource::Terraform => format!("{named} is managed by Terraform (`{name}` in {detail})."),
        OwnerSource::Mark => format!("{named} is marked as managed elsewhere: {name}"),
    }
}

/// What to do about it.
pub(crate) fn way_out(key: &DocumentKey, source: OwnerSource) -> String {
    let label = label(key);
    match source {
        OwnerSource::Mark => format!(
            "Apply the patch where the document is managed. To change it here all the same, name it: `{label}`."
        ),
        _ => format!(
            "Apply the patch to the template or configuration. If it no longer manages the document, say so: \
             `longshore owner release {label}`."
        ),
    }
}
