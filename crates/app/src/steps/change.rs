//! A change that a plan lists and a run carries out. Its feature owns it: what it needs, what it
//! writes, how it is performed.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use longshore_names::RepositoryName;
use longshore_policy::rule::Windows;
use serde::{Deserialize, Serialize};

use super::{Job, ListedWrite};
use crate::{
    App,
    access::Connection,
    api::{ApiError, DocumentKey, Finding, OwnedDocument, RegistryKey, RunRule, Space},
    documents::DocumentKind,
    rule_names::NamedRule,
};

/// One change. It holds all that is needed to perform it, and what must still be so by then.
///
/// Changes are stored with the runs of a data directory: their names and fields stay.
#[typetag::serde(tag = "action")]
#[async_trait]
pub(crate) trait Change: fmt::Debug + Send + Sync {
    /// IAM actions that the caller needs.
    fn permissions(&self) -> &'static [&'static str];

    /// Whether something is lost.
    fn is_destructive(&self) -> bool {
        false
    }

    /// Accounts in which it alters what exists. In production that needs a confirmation.
    fn alters(&self, here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        here.map(|registry| (registry.space, registry.account.to_string())).into_iter().collect()
    }

    /// Registries to which it writes, or in which it lets something be deleted.
    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.filter(|here| !self.writes(here).is_empty()).cloned().into_iter().collect()
    }

    /// Registries that it reads from or writes to.
    fn registries(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().cloned().chain(self.reaches(here)).collect()
    }

    /// The hash of the engine rule that it runs, if a schedule began it.
    fn unattended(&self) -> Option<String> {
        None
    }

    /// All that it may write at its registry.
    fn writes(&self, _here: &RegistryKey) -> Vec<ListedWrite> {
        Vec::new()
    }

    /// The document that it replaces. The version before is stored and can be restored.
    fn document(&self) -> Option<ReplacedDocument<'_>> {
        None
    }

    /// Documents that it writes and that something else may manage.
    fn rewrites(&self) -> Vec<Rewrite> {
        Vec::new()
    }

    /// The registry policy that it replaces or gives another scope. The plan says what that newly allows
    /// and denies, and does not run when it locks the registry's own account out.
    fn policies(&self) -> Option<PolicyRewrite<'_>> {
        None
    }

    /// What a plan with this change warns of.
    fn warning(&self) -> Option<Finding> {
        None
    }

    /// The image that it copies, for the list of the run's images.
    fn image(&self, _app: &App, _here: &RegistryKey) -> Option<ExpectedImage> {
        None
    }

    /// Whether it copies one image, which [`image`](Self::image) describes.
    fn copies_an_image(&self) -> bool {
        false
    }

    /// The engine rule that it runs.
    fn rule(&self) -> Option<RunRule> {
        None
    }

    /// When it may upload; `None` for always.
    fn windows(&self) -> Option<Windows> {
        None
    }

    /// It in the formats of other tools, if neither its document nor its rewrites say so already.
    fn exported(&self) -> Option<longshore_policy::export::Change> {
        None
    }

    /// Completes the error of a failed try.
    fn explain(&self, _job: &Job<'_>, error: ApiError) -> ApiError {
        error
    }

    /// Performs it. What is already so is skipped, so that a run can be resumed.
    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError>;
}

/// The result of a change that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something was changed; described in words.
    Done(String),
    /// There was nothing to do; in words.
    Skipped(String),
}

/// An image that a change copies, in words.
pub(crate) struct ExpectedImage {
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) digest: String,
}

/// A document that a change replaces.
pub(crate) struct ReplacedDocument<'a> {
    /// `None` for a document that is not ECR's.
    pub(crate) kind: Option<DocumentKind>,
    pub(crate) change: &'a DocumentChange,
}

/// A policy before and after a change, as text; `None` for no policy.
pub(crate) struct PolicyRewrite<'a> {
    /// The repository that it belongs to; `None` for the policy of the registry.
    pub(crate) repository: Option<&'a RepositoryName>,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
    /// Whether the policy scope is upgraded from V1 to V2.
    pub(crate) upgrades_scope: bool,
}

/// What a copy of images asks of its source and its destination.
pub(crate) const COPYING: &[&str] = &[
    "ecr:GetAuthorizationToken",
    "ecr:DescribeImages",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
    "ecr:GetLifecyclePolicy",
];

/// A document that a change writes, or a part of it. Absent means that there is no such document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rewrite {
    pub(crate) document: OwnedDocument,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Rewrite {
    /// Of a document that is replaced as a whole.
    pub(crate) fn whole(document: OwnedDocument, change: &DocumentChange) -> Self {
        Self { document, before: change.before.clone(), after: change.after.clone() }
    }
}

/// A whole document that is replaced. Texts are JSON as read and as written; absent means that
/// there is no such document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentChange {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// Content hashes of rules or statements that this write makes ours.
    pub(crate) made: Vec<String>,
    /// Content hashes of rules or statements that are removed.
    pub(crate) unmade: Vec<String>,
    /// Names of rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) named: Vec<NamedRule>,
}

impl DocumentChange {
    /// Of a document without rules or statements that are counted as ours.
    pub(crate) fn of(before: Option<String>, after: Option<String>) -> Self {
        Self { before, after, made: Vec::new(), unmade: Vec::new(), named: Vec::new() }
    }
}

/// The target of a step; it runs only there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Context {
    pub(crate) registry: RegistryKey,
    pub(crate) partition: String,
    /// Where the API answers; absent for AWS's own endpoint.
    pub(crate) endpoint: Option<String>,
    /// ARN of the caller.
    pub(crate) principal: Option<String>,
}

impl Context {
    /// The target of a step over `connection`.
    pub(crate) async fn of(connection: &Connection) -> Self {
        // Asked once per client. A caller that may not ask STS is known by what the account says.
        let principal = match connection.client.caller_identity().await {
            Ok(identity) => Some(identity.arn),
            Err(_) => connection.account.account.principal.clone(),
        };
        Self {
            registry: connection.key.clone(),
            partition: connection.registry.region.partition().id().to_owned(),
            endpoint: connection.endpoint.as_ref().map(ToString::to_string),
            principal,
        }
    }
}

/// One step of a plan: a change with its place and its words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) text: String,
    pub(crate) reason: Option<String>,
    /// Where; absent on this computer, and at registries that belong to no account.
    pub(crate) context: Option<Context>,
    pub(crate) destructive: bool,
    /// The steps that must have succeeded before it, by their indices; `None` for all before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) needs: Option<Vec<usize>>,
    pub(crate) action: Arc<dyn Change>,
}

impl Step {
    /// Registries to which the step writes.
    pub(crate) fn reaches(&self) -> Vec<RegistryKey> {
        self.action.reaches(self.context.as_ref().map(|context| &context.registry))
    }

    /// Registries that the step reads from or writes to; one may be there twice.
    pub(crate) fn registries(&self) -> Vec<RegistryKey> {
        self.action.registries(self.context.as_ref().map(|context| &context.registry))
    }

    /// Documents that it writes and that something else may manage.
    pub(crate) fn documents(&self) -> Vec<DocumentKey> {
        let Some(context) = &self.context else { return Vec::new() };
        let key =
            |rewrite: Rewrite| DocumentKey { registry: context.registry.clone(), document: rewrite.document };
        self.action.rewrites().into_iter().map(key).collect()
    }

    /// All that the step may write. The run of an engine rule is listed by its copy plans.
    pub(crate) fn writes(&self) -> Vec<ListedWrite> {
        self.context.iter().flat_map(|context| self.action.writes(&context.registry)).collect()
    }
}
