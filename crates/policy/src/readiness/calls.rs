//! The calls that Longshore makes in the registries of a rule: to examine it, to change it, to bring over
//! existing images, to test it, and to carry out the fixes that are offered.

use longshore_names::{RegistryId, RepositoryName};

use super::{Check, Facts, Fix, RegistryFacts};
use crate::{iam::resource::repository_arn, replication::name_under};

/// What a call is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To read what decides whether the rule works.
    Examine,
    /// To read what happens with images and settings.
    Watch,
    /// To write the rule.
    Rule,
    /// To write the statement that the rule needs.
    Statement,
    /// To bring over existing images.
    Backfill,
    /// To test the rule, and to remove the test.
    Test,
    /// To carry out a fix.
    Fix,
}

impl Purpose {
    /// What Longshore cannot do without the call.
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Examine => "examine it",
            Self::Watch => "show everything about its images",
            Self::Rule => "change it",
            Self::Statement => "change the registry policy",
            Self::Backfill => "bring over existing images",
            Self::Test => "test it",
            Self::Fix => "fix everything that was found",
        }
    }
}

/// A call that will be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededCall {
    /// The registry.
    pub registry: RegistryId,
    /// The action, such as `ecr:PutReplicationConfiguration`.
    pub action: &'static str,
    /// `*`, or the ARN of what it is made on.
    pub resource: String,
    /// What it is made for.
    pub purpose: Purpose,
}

/// What a push of an image calls.
const PUSH: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
];
/// What the removal of a test calls.
const REMOVE: [&str; 2] = ["ecr:BatchDeleteImage", "ecr:DeleteRepository"];

/// The calls of a rule's registries that cannot be tried without doing something, and those of the fixes
/// of `checks`. Calls that read are tried where there is something to read.
pub fn needed_calls(facts: &Facts, checks: &[Check]) -> Vec<NeededCall> {
    let mut calls = Calls::default();
    let source = &facts.source.registry;
    calls.everywhere(source, Purpose::Rule, &["ecr:PutReplicationConfiguration"]);
    if facts.source.service_role.known() == Some(&false) {
        let role = format!(
            "arn:{}:iam::{}:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication",
            source.region.partition().id(),
            source.account
        );
        calls.on(source, Purpose::Rule, &role, &["iam:CreateServiceLinkedRole"]);
    }
    let backfill = [
        "ecr:StartReplicationBackfill",
        "ecr:StopReplicationBackfill",
        "ecr:DescribeReplicationBackfillResults",
    ];
    calls.everywhere(source, Purpose::Backfill, &backfill);
    let test = name_under(facts.rule.filters.first(), "longshore-test");
    if let Some(name) = &test {
        calls.everywhere(source, Purpose::Test, &["ecr:GetAuthorizationToken"]);
        let repository = repository_arn(source, name.as_str());
        calls.on(source, Purpose::Test, &repository, &["ecr:CreateRepository"]);
        calls.on(source, Purpose::Test, &repository, &PUSH);
        calls.on(source, Purpose::Test, &repository, &REMOVE);
        unread_images(&facts.source, name, &mut calls);
    }
    for destination in &facts.destinations {
        let here = &destination.registry;
        if here.account != source.account {
            calls.everywhere(here, Purpose::Statement, &["ecr:PutRegistryPolicy"]);
        }
        if let Some(name) = &test {
            calls.on(here, Purpose::Test, &repository_arn(here, name.as_str()), &REMOVE);
        }
    }
    for check in checks {
        calls.of_fix(check);
    }
    calls.0
}

/// An image's status cannot be tried where there is no image.
fn unread_images(source: &RegistryFacts, name: &RepositoryName, calls: &mut Calls) {
    let tried = source.calls.known().into_iter().flatten();
    if !tried.into_iter().any(|call| call.action == IMAGE_STATUS) {
        let repository = repository_arn(&source.registry, name.as_str());
        calls.on(&source.registry, Purpose::Watch, &repository, &[IMAGE_STATUS]);
    }
}

/// The action that reads the replication of an image.
pub const IMAGE_STATUS: &str = "ecr:DescribeImageReplicationStatus";

#[derive(Default)]
struct Calls(Vec<NeededCall>);

impl Calls {
    fn everywhere(&mut self, registry: &RegistryId, purpose: Purpose, actions: &[&'static str]) {
        self.on(registry, purpose, "*", actions);
    }

    fn on(&mut self, registry: &RegistryId, purpose: Purpose, resource: &str, actions: &[&'static str]) {
        for action in actions {
            let is_same = |one: &NeededCall| {
                (&one.registry, one.action, one.resource.as_str()) == (registry, *action, resource)
            };
            if !self.0.iter().any(is_same) {
                self.0.push(NeededCall {
                    registry: registry.clone(),
                    action,
                    resource: resource.to_owned(),
                    purpose,
                });
            }
        }
    }

    fn of_fix(&mut self, check: &Check) {
        let Some(fix) = &check.fix else { return };
        match fix {
            Fix::AddStatement { registry, .. }
            | Fix::ReplaceStatement { registry, .. }
            | Fix::RemoveOrphans { registry, .. }
            | Fix::RemoveDeny { registry, repository: None, left: Some(_), .. } => {
                self.everywhere(registry, Purpose::Fix, &["ecr:PutRegistryPolicy"]);
            }
            // A policy is deleted with its last statement. Registries of an account share the caller's policies.
            Fix::MoveStatement { registry, .. }
            | Fix::RemoveDeny { registry, repository: None, left: None, .. } => {
                let both = ["ecr:PutRegistryPolicy", "ecr:DeleteRegistryPolicy"];
                self.everywhere(registry, Purpose::Fix, &both);
            }
            Fix::SetBlobMounting { registry, .. } => {
                self.everywhere(registry, Purpose::Fix, &["ecr:PutAccountSetting"]);
            }
            Fix::PutCreationTemplate { registry, .. } => {
                let both = ["ecr:CreateRepositoryCreationTemplate", "ecr:UpdateRepositoryCreationTemplate"];
                self.everywhere(registry, Purpose::Fix, &both);
            }
            Fix::ExcludeTag { registry, repository, .. } => {
                let repository = repository_arn(registry, repository.as_str());
                self.on(registry, Purpose::Fix, &repository, &["ecr:PutImageTagMutability"]);
            }
            Fix::ReplicateAgain { registry, destination, images } => {
                if let Some(image) = images.first() {
                    let from = repository_arn(registry, image.repository.as_str());
                    let pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
                    self.on(registry, Purpose::Fix, &from, &pull);
                    let to = repository_arn(destination, image.repository.as_str());
                    self.on(destination, Purpose::Fix, &to, &["ecr:CreateRepository"]);
                    self.on(destination, Purpose::Fix, &to, &PUSH);
                    self.everywhere(destination, Purpose::Fix, &["ecr:GetAuthorizationToken"]);
                }
            }
            // The calls of rules and backfills are needed anyway, and the rest is done by others.
            Fix::EditRule { .. }
            | Fix::RemoveRule { .. }
            | Fix::StartBackfill { .. }
            | Fix::RemoveDeny { .. }
            | Fix::UseEngine { .. }
            | Fix::SignInAgain { .. }
            | Fix::EnableRegion { .. }
            | Fix::AllowCalls { .. }
            | Fix::CreateServiceRole { .. }
            | Fix::EnableKey { .. } => {}
        }
    }
}
