//! IAM as it is now.

use longshore_ecr::{EcrError, IamEntity, IamKind, IamPolicy, ListedPolicies, Services};
use longshore_names::{ForeignText, shown};
use longshore_policy::{
    iam::{
        explain_text,
        lint::{LintOptions, PolicyKind},
    },
    indented,
};

use super::input;
use crate::{
    App,
    api::{
        ApiError, GetIam, GetIamPolicy, IamKey, IamList, IamName, IamPolicyText, IamPolicyView, IamRow,
        IamView, ListIam, Side, StatementMeaning,
    },
    plans::account_name,
};

/// The most policies whose documents are read for one user, group or role.
const MOST_POLICIES: usize = 50;
/// The longest document that is shown; IAM accepts a tenth of it.
const LONGEST: usize = 128 * 1024;

impl App {
    /// Users, groups, roles or managed policies of an account, read now, by name.
    ///
    /// # Errors
    /// `access-denied`, with the action that is missing; as calls to IAM.
    pub async fn iam_list(&self, request: ListIam) -> Result<Vec<IamRow>, ApiError> {
        let services = self.connection(&request.registry).await?.services;
        let kind = match request.list {
            IamList::Users => IamKind::User,
            IamList::Groups => IamKind::Group,
            IamList::Roles => IamKind::Role,
            IamList::Policies => return policies(&services, ListedPolicies::Own).await,
            IamList::AwsPolicies => return policies(&services, ListedPolicies::Aws).await,
        };
        let row = |one: IamEntity| IamRow {
            name: one.name,
            arn: one.arn,
            path: one.path,
            created: one.created,
            attached_to: None,
        };
        let mut rows: Vec<IamRow> = services.iam_entities(kind).await?.into_iter().map(row).collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(rows)
    }

    /// A user, a group or a role with what belongs to it, read now.
    ///
    /// # Errors
    /// `iam-not-found`; `access-denied`, with the action that is missing. What belongs to it and cannot be read
    /// is no error but a problem of the answer.
    pub async fn iam_entity(&self, request: GetIam) -> Result<IamView, ApiError> {
        let (kind, name) = input::entity(&request.of, "of")?;
        let services = self.connection(&request.registry).await?.services;
        let found = services.iam_entity(kind, &name).await?;
        let Some(entity) = found else {
            let account = account_name(self, request.registry.space, &request.registry.account);
            let text = format!("{account} has no {} `{name}`.", kind.word());
            return Err(ApiError::new("iam-not-found", Side::Input, text).at("of"));
        };
        let mut problems = Vec::new();
        let (attached, inline) =
            futures::join!(attached(&services, kind, &name), inline(&services, kind, &name));
        let (attached, inline) = (whole(attached, &mut problems), whole(inline, &mut problems));
        let (mut groups, mut members, mut keys) = (None, None, None);
        match kind {
            IamKind::User => {
                let (of, own) = futures::join!(services.iam_groups_of(&name), services.iam_keys(&name));
                groups = part(of, &mut problems);
                if let Some(own) = part(own, &mut problems) {
                    let mut all = Vec::new();
                    for key in own {
                        let used = match services.iam_key_use(&key.id).await {
                            // It is shown as not known: few are allowed to ask.
                            Err(error) if error.code() == "access-denied" => None,
                            other => part(other, &mut problems).flatten(),
                        };
                        all.push(IamKey {
                            id: key.id,
                            active: key.active,
                            created: key.created,
                            last_used: used.as_ref().map(|used| used.at),
                            last_used_for: used.map(|used| format!("{}, {}", used.service, used.region)),
                        });
                    }
                    keys = Some(all);
                }
            }
            IamKind::Group => members = part(services.iam_members(&name).await, &mut problems),
            IamKind::Role => {}
        }
        Ok(IamView {
            locked: is_locked(kind, &name),
            of: IamName { kind: kind.into(), name },
            arn: entity.arn,
            created: entity.created,
            boundary: entity.boundary,
            trust: entity.trust.as_deref().map(pretty),
            attached,
            inline,
            groups,
            members,
            keys,
            problems,
        })
    }

    /// A managed policy by its ARN or name, read now.
    ///
    /// # Errors
    /// `iam-policy-unknown`; `access-denied`, with the action that is missing.
    pub async fn iam_policy(&self, request: GetIamPolicy) -> Result<IamPolicyView, ApiError> {
        let services = self.connection(&request.registry).await?.services;
        let arn = request.arn.trim();
        let mut found = match arn.starts_with("arn:") {
            true => services.iam_policy(arn).await?,
            false => named(&services, arn).await?,
        };
        // The list has no description.
        if let Some(known) = found.as_ref().filter(|_| !arn.starts_with("arn:")) {
            found = services.iam_policy(&known.arn).await?;
        }
        let unknown = || {
            let account = account_name(self, request.registry.space, &request.registry.account);
            let text = format!("{account} has no managed policy `{}`.", shown(arn, 200));
            ApiError::new("iam-policy-unknown", Side::Input, text).at("arn")
        };
        let policy = found.ok_or_else(unknown)?;
        let text = services.iam_version(&policy.arn, &policy.default_version).await?.ok_or_else(unknown)?;
        let mut problems = Vec::new();
        let versions = part(services.iam_versions(&policy.arn).await, &mut problems);
        // A policy of AWS that many use has a long list, which says nothing.
        let uses = part(services.iam_uses(&policy.arn).await, &mut problems);
        let options = LintOptions { kind: Some(PolicyKind::Identity), ..LintOptions::default() };
        let explained = explain_text(&text, &options);
        let statements = explained.documents.into_iter().flat_map(|document| document.statements);
        Ok(IamPolicyView {
            statements: statements
                .map(|one| StatementMeaning {
                    sid: one.sid.map(|sid| ForeignText::new(sid).into()),
                    effect: ForeignText::new(one.effect).into(),
                    text: ForeignText::new(one.text).into(),
                })
                .collect(),
            arn: policy.arn,
            name: policy.name,
            description: policy.description.map(|text| ForeignText::new(text).into()),
            of_aws: policy.of_aws,
            version: policy.default_version,
            versions: versions.map(|all| u32::try_from(all.len()).unwrap_or(u32::MAX)),
            text: pretty(&text),
            attached_to: uses.map(|all| {
                let of = all.into_iter().filter(|one| !one.as_boundary);
                of.map(|one| IamName { kind: one.kind.into(), name: one.name }).collect()
            }),
            problems,
        })
    }
}

/// The user whom Longshore does not change.
fn is_locked(kind: IamKind, name: &str) -> bool {
    kind == IamKind::User && name.eq_ignore_ascii_case("administrator")
}

/// A document for display; one that is not JSON as it is, bounded.
fn pretty(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    indented(text.get(..end).unwrap_or_default())
}

async fn policies(services: &Services, scope: ListedPolicies) -> Result<Vec<IamRow>, ApiError> {
    let row = |one: IamPolicy| {
        let path = one
            .arn
            .split_once(":policy")
            .and_then(|(_, rest)| rest.rfind('/').and_then(|at| rest.get(..=at)));
        IamRow {
            path: path.unwrap_or("/").to_owned(),
            name: one.name,
            arn: one.arn,
            created: None,
            attached_to: Some(one.attached_to),
        }
    };
    let mut rows: Vec<IamRow> = services.iam_policies(scope).await?.into_iter().map(row).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

/// A managed policy by its name: of the account first, then of AWS.
async fn named(services: &Services, name: &str) -> Result<Option<IamPolicy>, EcrError> {
    for scope in [ListedPolicies::Own, ListedPolicies::Aws] {
        let all = services.iam_policies(scope).await?;
        if let Some(found) = all.into_iter().find(|policy| policy.name == name) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What was read; absent, with its problem, if it could not be.
fn part<T>(read: Result<T, EcrError>, problems: &mut Vec<ApiError>) -> Option<T> {
    read.map_err(|error| problems.push(error.into())).ok()
}

/// Policies, with those problems that concern single ones.
fn whole(
    read: Result<(Vec<IamPolicyText>, Vec<EcrError>), EcrError>,
    problems: &mut Vec<ApiError>,
) -> Option<Vec<IamPolicyText>> {
    let (policies, unread) = part(read, problems)?;
    for error in unread.into_iter().map(ApiError::from) {
        // The same action is missing for each of them.
        if !problems.iter().any(|known| known.code == error.code && known.hint == error.hint) {
            problems.push(error);
        }
    }
    Some(policies)
}

/// The managed policies of a user, a group or a role. One whose text cannot be read has none.
pub(super) async fn attached(
    services: &Services,
    kind: IamKind,
    name: &str,
) -> Result<(Vec<IamPolicyText>, Vec<EcrError>), EcrError> {
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for policy in services.iam_attached(kind, name).await?.into_iter().take(MOST_POLICIES) {
        let text = match services.iam_policy_document(&policy.arn).await {
            Ok(text) => text,
            Err(error) => {
                unread.push(error);
                None
            }
        };
        all.push(IamPolicyText {
            name: policy.name,
            arn: Some(policy.arn),
            text: text.as_deref().map(pretty),
        });
    }
    Ok((all, unread))
}

/// As [`attached`], of inline policies.
pub(super) async fn inline(
    services: &Services,
    kind: IamKind,
    name: &str,
) -> Result<(Vec<IamPolicyText>, Vec<EcrError>), EcrError> {
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for policy in services.iam_inline_names(kind, name).await?.into_iter().take(MOST_POLICIES) {
        let text = match services.iam_inline(kind, name, &policy).await {
            Ok(text) => text,
            Err(error) => {
                unread.push(error);
                None
            }
        };
        all.push(IamPolicyText { name: policy, arn: None, text: text.as_deref().map(pretty) });
    }
    Ok((all, unread))
}
