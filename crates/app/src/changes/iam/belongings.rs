//! Plans about what belongs to users, groups and roles: attached policies, memberships, access keys.

use longshore_ecr::{IamItem, IamKind};
use longshore_names::shown;
use longshore_policy::iam::lint::PolicyKind;
use serde_json::Value;

use super::{
    grants::{Effect, effect},
    input,
    key::CreateKey,
    plan::{Planning, who},
};
use crate::{
    api::{self, ApiError, IamName, Side},
    steps::Step,
};

/// Groups that a user may be in (IAM quotas, not adjustable).
const MOST_GROUPS: usize = 10;
/// Access keys that a user may have (IAM quotas, not adjustable).
const MOST_KEYS: usize = 2;
/// Managed policies of a user, a group or a role without a raised quota (IAM quotas).
const USUAL_ATTACHED: usize = 10;

impl Planning {
    /// Attaches policies that exist, or detaches them.
    pub(super) async fn attachments(
        &mut self,
        of: &[IamName],
        policies: &[String],
        attach: bool,
    ) -> Result<(), ApiError> {
        let field = if attach { "to" } else { "from" };
        some(of, field)?;
        some(policies, "policies")?;
        let mut found = Vec::new();
        for (index, policy) in policies.iter().enumerate() {
            let policy = self.policy(policy, &format!("policies[{index}]")).await?;
            let text = self.services.iam_policy_document(&policy.arn).await?.unwrap_or_default();
            found.push((policy.arn, text));
        }
        for (index, one) in of.iter().enumerate() {
            self.existing(one, &format!("{field}[{index}]")).await?;
            let (kind, name) = input::entity(one, field)?;
            self.protect(kind, &name, !attach);
            self.attach(kind, &name, &found, attach).await?;
        }
        Ok(())
    }

    /// Adds the steps that attach policies to one user, group or role, or detach them. Each has its document.
    pub(super) async fn attach(
        &mut self,
        kind: IamKind,
        name: &str,
        policies: &[(String, String)],
        attach: bool,
    ) -> Result<(), ApiError> {
        let is_new = self.created.contains(&(kind, name.to_owned()));
        let now = if is_new { Vec::new() } else { self.services.iam_attached(kind, name).await? };
        let mut count = now.len();
        for (arn, text) in policies {
            let is_so = now.iter().any(|one| one.arn == *arn);
            if is_so == attach {
                self.already();
                continue;
            }
            let who = who(kind, name);
            let item = IamItem::Attached { kind, name: name.to_owned(), arn: arn.clone() };
            let on = Value::Bool(true);
            if attach {
                count += 1;
                let effect = effect(None, Some(text), PolicyKind::Identity, Some(&who));
                self.write(item, &Value::Null, &on, effect);
            } else {
                let effect = effect(Some(text), None, PolicyKind::Identity, Some(&who));
                self.write(item, &on, &Value::Null, effect);
            }
        }
        if attach {
            self.check_attached(kind, name, count);
        }
        Ok(())
    }

    /// IAM's quota of attached policies. That of a group is fixed; the others can be raised.
    fn check_attached(&mut self, kind: IamKind, name: &str, count: usize) {
        let raised = match kind {
            IamKind::User => 20,
            IamKind::Group => USUAL_ATTACHED,
            IamKind::Role => 25,
        };
        if count <= USUAL_ATTACHED {
            return;
        }
        let text = format!(
            "{} would have {}; IAM allows {USUAL_ATTACHED}{}.",
            who(kind, name),
            format_args!("{count} managed policies"),
            if raised > USUAL_ATTACHED {
                format!(", and {raised} with a raised quota")
            } else {
                String::new()
            }
        );
        match count > raised {
            true => self.error("iam-quota", text, "Detach a policy first, or merge policies."),
            false => self.warning("iam-quota", text, Some("Make sure that the quota was raised.")),
        }
    }

    /// Adds users to a group, or removes them.
    pub(super) async fn memberships(
        &mut self,
        group: &str,
        users: &[String],
        add: bool,
    ) -> Result<(), ApiError> {
        some(users, "users")?;
        let group = IamName { kind: api::IamKind::Group, name: group.to_owned() };
        self.existing(&group, "group").await?;
        let (_, group) = input::entity(&group, "group")?;
        for (index, user) in users.iter().enumerate() {
            let field = format!("users[{index}]");
            let user = IamName { kind: api::IamKind::User, name: user.clone() };
            self.existing(&user, &field).await?;
            let (_, user) = input::entity(&user, &field)?;
            self.protect(IamKind::User, &user, !add);
            self.member(&user, &group, add).await?;
        }
        Ok(())
    }

    /// Adds the step that adds a user to a group, or removes it.
    pub(super) async fn member(&mut self, user: &str, group: &str, add: bool) -> Result<(), ApiError> {
        let of = |kind, name: &str| self.created.contains(&(kind, name.to_owned()));
        let (new_user, new_group) = (of(IamKind::User, user), of(IamKind::Group, group));
        let groups = if new_user { Vec::new() } else { self.services.iam_groups_of(user).await? };
        if groups.iter().any(|one| one == group) == add {
            self.already();
            return Ok(());
        }
        // Those of earlier steps count too.
        let joins = |step: &&Step| step.text.starts_with(&format!("Add user `{user}` to group "));
        let planned = self.draft.content.steps.iter().filter(joins).count();
        if add && groups.len() + planned >= MOST_GROUPS {
            let text = format!("User `{user}` would be in more than {MOST_GROUPS} groups.");
            self.error("iam-quota", text, "Remove the user from a group first.");
        }
        let mut change = Effect::default();
        for text in if new_group { Vec::new() } else { self.texts(IamKind::Group, group).await? } {
            let who = format!("User `{user}`");
            let of = match add {
                true => effect(None, Some(&text), PolicyKind::Identity, Some(&who)),
                false => effect(Some(&text), None, PolicyKind::Identity, Some(&who)),
            };
            change.allowed.extend(of.allowed);
            change.denied.extend(of.denied);
        }
        let item = IamItem::Member { user: user.to_owned(), group: group.to_owned() };
        let on = Value::Bool(true);
        match add {
            true => self.write(item, &Value::Null, &on, change),
            false => self.write(item, &on, &Value::Null, change),
        }
        Ok(())
    }

    /// The documents of the policies of a user, a group or a role, attached and inline.
    pub(super) async fn texts(&self, kind: IamKind, name: &str) -> Result<Vec<String>, ApiError> {
        let mut all = Vec::new();
        for policy in self.services.iam_attached(kind, name).await? {
            all.extend(self.services.iam_policy_document(&policy.arn).await?);
        }
        for policy in self.services.iam_inline_names(kind, name).await? {
            all.extend(self.services.iam_inline(kind, name, &policy).await?);
        }
        Ok(all)
    }

    pub(super) async fn new_key(&mut self, user: &str) -> Result<(), ApiError> {
        let user = self.user(user).await?;
        self.protect(IamKind::User, &user, false);
        let keys = self.services.iam_keys(&user).await?;
        if keys.len() >= MOST_KEYS {
            let text = format!("User `{user}` has {MOST_KEYS} access keys, as many as IAM allows.");
            self.error("iam-quota", text, "Delete one of them first.");
        }
        let text = format!("Create an access key of user `{user}` in {}", self.account);
        let reason = "Its secret is shown once after the run, and Longshore does not keep it.";
        let change = CreateKey { user, known: keys.into_iter().map(|key| key.id).collect() };
        let context = self.context.clone();
        self.draft.step(&context, text, Some(reason.into()), change);
        Ok(())
    }

    /// Activates, deactivates, or deletes a key.
    pub(super) async fn key(&mut self, user: &str, id: &str, active: Option<bool>) -> Result<(), ApiError> {
        let user = self.user(user).await?;
        self.protect(IamKind::User, &user, active != Some(true));
        let id = id.trim();
        let keys = self.services.iam_keys(&user).await?;
        let Some(key) = keys.iter().find(|key| key.id == id) else {
            let text = format!("User `{user}` has no access key `{}`.", shown(id, 130));
            return Err(ApiError::new("iam-not-found", Side::Input, text).at("id"));
        };
        let word = |active: bool| Value::from(if active { "Active" } else { "Inactive" });
        if active == Some(key.active) {
            self.already();
            return Ok(());
        }
        if active.is_none() {
            let text = "A deleted access key cannot come back: nobody knows its secret any more.";
            self.warning("iam-key-gone", text, Some("Deactivate it first to see who still uses it."));
        }
        let item = IamItem::Key { user, id: id.to_owned() };
        self.write(item, &word(key.active), &active.map_or(Value::Null, word), Effect::default());
        Ok(())
    }

    async fn user(&self, user: &str) -> Result<String, ApiError> {
        let of = IamName { kind: api::IamKind::User, name: user.to_owned() };
        self.existing(&of, "user").await?;
        Ok(input::entity(&of, "user")?.1)
    }
}

fn some<T>(list: &[T], field: &str) -> Result<(), ApiError> {
    match list.is_empty() {
        false => Ok(()),
        true => Err(ApiError::input("input-missing", field, "Name at least one.")),
    }
}
