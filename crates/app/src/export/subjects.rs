//! What can be exported, in the words of the formats.

use longshore_ecr::{IamItem, IamKind, RepositorySettings};
use longshore_names::RepositoryName;
use longshore_policy::export::{Change, IamEntity, IamSubject, Subject};
use serde_json::{Value, json};

use crate::{
    api::{self, ApiError, ExportDocument, OwnedDocument, RegistryKey},
    documents::{
        mutability_members,
        template::{encryption_members, tag_members},
        value,
    },
    steps::Rewrite,
};

/// A repository as `CreateRepository` takes it.
pub(crate) fn repository_content(settings: &RepositorySettings) -> Value {
    let (mutability, except) = mutability_members(&settings.tag_mutability);
    let mut content = json!({
        "imageTagMutability": mutability,
        "imageScanningConfiguration": {"scanOnPush": settings.scan_on_push},
        "encryptionConfiguration": encryption_members(&settings.encryption),
    });
    if !except.is_empty() {
        content["imageTagMutabilityExclusionFilters"] = except.into();
    }
    if !settings.tags.is_empty() {
        content["tags"] = tag_members(&settings.tags).into();
    }
    content
}

/// A change of an account setting.
pub(crate) fn account_setting(name: &str, before: Option<&str>, after: &str) -> Change {
    let content = |value: &str| json!({"name": name, "value": value});
    Change::Other {
        subject: Subject::AccountSetting { name: name.to_owned() },
        before: before.map(content),
        after: Some(content(after)),
    }
}

fn entity(kind: IamKind) -> IamEntity {
    match kind {
        IamKind::User => IamEntity::User,
        IamKind::Group => IamEntity::Group,
        IamKind::Role => IamEntity::Role,
    }
}

/// Something of IAM.
pub(crate) fn iam_subject(item: &IamItem) -> Subject {
    Subject::Iam(match item.clone() {
        IamItem::Entity { kind, name } => IamSubject::Entity(entity(kind), name),
        IamItem::Trust { role } => IamSubject::Trust(role),
        IamItem::Policy { arn } => IamSubject::Policy(arn),
        IamItem::Attached { kind, name, arn } => IamSubject::Attached(entity(kind), name, arn),
        IamItem::Inline { kind, name, policy } => IamSubject::Inline(entity(kind), name, policy),
        IamItem::Member { user, group } => IamSubject::Member { user, group },
        IamItem::Key { user, id } => IamSubject::Key { user, id },
    })
}

/// What a rewrite changes; `None` for the two documents of a registry, which have forms of their own, and for a
/// repository that is deleted: no format deletes images.
pub(super) fn of_rewrite(rewrite: &Rewrite) -> Option<Change> {
    let content = |text: &Option<String>| text.as_deref().map(|text| value(Some(text)));
    let (mut before, mut after) = (content(&rewrite.before), content(&rewrite.after));
    let subject = match &rewrite.document {
        OwnedDocument::Replication | OwnedDocument::Policy => return None,
        OwnedDocument::RepositoryPolicy { name } => Subject::RepositoryPolicy(name.parse().ok()?),
        OwnedDocument::LifecyclePolicy { name } => Subject::LifecyclePolicy(name.parse().ok()?),
        OwnedDocument::Template { prefix } => Subject::Template { prefix: prefix.clone() },
        OwnedDocument::Repository { name } => {
            const SCANNING: &str = "imageScanningConfiguration";
            let name: RepositoryName = name.parse().ok()?;
            let scan =
                |content: &Option<Value>| content.as_ref().and_then(|content| content.get(SCANNING)).cloned();
            match (after.as_ref()?, scan(&before), scan(&after)) {
                (_, was, Some(is)) => {
                    (before, after) = (was, Some(is));
                    Subject::ScanOnPush(name)
                }
                _ => Subject::TagMutability(name),
            }
        }
    };
    Some(Change::Other { subject, before, after })
}

/// A document that a person names, and the item of IAM that it is.
pub(super) fn named(
    document: &ExportDocument,
    registry: &RegistryKey,
) -> Result<(Subject, Option<IamItem>), ApiError> {
    let repository = |name: &str| name.parse::<RepositoryName>().map_err(ApiError::from);
    let of = |kind: api::IamKind| match kind {
        api::IamKind::User => IamKind::User,
        api::IamKind::Group => IamKind::Group,
        api::IamKind::Role => IamKind::Role,
    };
    let item = match document {
        ExportDocument::Repository { name } => return Ok((Subject::Repository(repository(name)?), None)),
        ExportDocument::LifecyclePolicy { name } => {
            return Ok((Subject::LifecyclePolicy(repository(name)?), None));
        }
        ExportDocument::RepositoryPolicy { name } => {
            return Ok((Subject::RepositoryPolicy(repository(name)?), None));
        }
        ExportDocument::Template { prefix } => {
            return Ok((Subject::Template { prefix: prefix.clone() }, None));
        }
        ExportDocument::PullThroughCacheRule { prefix } => {
            return Ok((Subject::PullThroughCacheRule { prefix: prefix.clone() }, None));
        }
        ExportDocument::RegistryScanning => return Ok((Subject::RegistryScanning, None)),
        ExportDocument::Signing => return Ok((Subject::Signing, None)),
        ExportDocument::PullTimeExclusion { principal } => {
            return Ok((Subject::PullTimeExclusion { principal: principal.clone() }, None));
        }
        ExportDocument::AccountSetting { name } => {
            return Ok((Subject::AccountSetting { name: name.clone() }, None));
        }
        ExportDocument::Entity { of: named } => {
            IamItem::Entity { kind: of(named.kind), name: named.name.clone() }
        }
        ExportDocument::Trust { role } => IamItem::Trust { role: role.clone() },
        ExportDocument::ManagedPolicy { policy } if policy.starts_with("arn:") => {
            IamItem::Policy { arn: policy.clone() }
        }
        ExportDocument::ManagedPolicy { policy } => {
            let partition = registry.region.partition();
            IamItem::Policy { arn: format!("arn:{partition}:iam::{}:policy/{policy}", registry.account) }
        }
        ExportDocument::InlinePolicy { of: named, policy } => {
            IamItem::Inline { kind: of(named.kind), name: named.name.clone(), policy: policy.clone() }
        }
    };
    Ok((iam_subject(&item), Some(item)))
}
