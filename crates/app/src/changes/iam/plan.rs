//! Plans that change IAM.

use std::collections::HashSet;

use longshore_ecr::{IamEntity, IamItem, IamKind, IamPolicy, ListedPolicies, Services};
use longshore_names::{did_you_mean, shown};
use longshore_policy::iam::lint::PolicyKind;
use serde_json::Value;

use super::{create, delete, grants::Effect, grants::effect, input, key::CreateKey, perform::WriteIam};
use crate::{
    App,
    api::{ApiError, IamChange, IamName, RegistryKey, Side},
    documents::iam_deed,
    plans::{Content, Draft, account_name},
    steps::{Context, DocumentChange},
};

/// The user on whom an account depends; of a sandbox, the one whose key the account has.
const ADMINISTRATOR: &str = "administrator";
/// Groups that a user may be in (IAM quotas, not adjustable).
const MOST_GROUPS: usize = 10;
/// Access keys that a user may have (IAM quotas, not adjustable).
const MOST_KEYS: usize = 2;
/// Managed policies of a user, a group or a role without a raised quota (IAM quotas).
const USUAL_ATTACHED: usize = 10;

/// Plans a change of IAM.
pub(crate) async fn plan(app: &App, registry: &RegistryKey, change: IamChange) -> Result<Content, ApiError> {
    let (connection, context) = app.place(registry).await?;
    let account = account_name(app, registry.space, &registry.account);
    let mut planning = Planning {
        services: connection.services,
        context,
        draft: Draft::new(registry.space, title(&change, &account)),
        account,
        created: HashSet::new(),
        left: false,
    };
    planning.plan(change).await?;
    Ok(planning.draft.content)
}

fn title(change: &IamChange, account: &str) -> String {
    let named = |of: &IamName| format!("{} {}", IamKind::from(of.kind).word(), of.name.trim());
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let what = match change {
        IamChange::Create { of, .. } => format!("Create {}", named(of)),
        IamChange::CreatePolicy { name, .. } => format!("Create policy {}", name.trim()),
        IamChange::PutPolicy { arn, .. } => format!("Change policy {}", last(arn)),
        IamChange::Attach { .. } => "Attach policies".into(),
        IamChange::Detach { .. } => "Detach policies".into(),
        IamChange::PutInline { policy, .. } => format!("Write inline policy {}", policy.trim()),
        IamChange::DeleteInline { policy, .. } => format!("Delete inline policy {}", policy.trim()),
        IamChange::PutTrust { role, .. } => format!("Change who may assume role {}", role.trim()),
        IamChange::AddToGroup { group, .. } => format!("Add users to group {}", group.trim()),
        IamChange::RemoveFromGroup { group, .. } => format!("Remove users from group {}", group.trim()),
        IamChange::Delete { of } => format!("Delete {}", named(of)),
        IamChange::DeletePolicy { arn } => format!("Delete policy {}", last(arn)),
        IamChange::CreateKey { user } => format!("Create an access key of user {}", user.trim()),
        IamChange::SetKey { active: true, id, .. } => format!("Activate access key {}", id.trim()),
        IamChange::SetKey { id, .. } => format!("Deactivate access key {}", id.trim()),
        IamChange::DeleteKey { id, .. } => format!("Delete access key {}", id.trim()),
    };
    format!("{what} in {account}")
}

/// A plan that is being made.
pub(super) struct Planning {
    pub(super) services: Services,
    context: Context,
    pub(super) draft: Draft,
    pub(super) account: String,
    /// What earlier steps create.
    created: HashSet<(IamKind, String)>,
    /// Something asked for is so already.
    left: bool,
}

impl Planning {
    async fn plan(&mut self, change: IamChange) -> Result<(), ApiError> {
        match change {
            IamChange::Create { of, path, trust, description, policies, with } => {
                let wanted = create::Wanted { of, path, trust, description, policies, with };
                create::entity(self, wanted).await?;
            }
            IamChange::CreatePolicy { name, path, text, attach } => {
                create::policy(self, &name, &path, &text, &attach).await?;
            }
            IamChange::PutPolicy { arn, text } => create::version(self, &arn, &text).await?,
            IamChange::Attach { to, policies } => self.attachments(&to, &policies, true).await?,
            IamChange::Detach { from, policies } => self.attachments(&from, &policies, false).await?,
            IamChange::PutInline { of, policy, text } => create::inline(self, &of, &policy, &text).await?,
            IamChange::DeleteInline { of, policy } => delete::inline(self, &of, &policy).await?,
            IamChange::PutTrust { role, text } => create::trust(self, &role, &text).await?,
            IamChange::AddToGroup { group, users } => self.memberships(&group, &users, true).await?,
            IamChange::RemoveFromGroup { group, users } => self.memberships(&group, &users, false).await?,
            IamChange::Delete { of } => delete::entity(self, &of).await?,
            IamChange::DeletePolicy { arn } => delete::policy(self, &arn).await?,
            IamChange::CreateKey { user } => self.new_key(&user).await?,
            IamChange::SetKey { user, id, active } => self.key(&user, &id, Some(active)).await?,
            IamChange::DeleteKey { user, id } => self.key(&user, &id, None).await?,
        }
        if self.left && self.draft.content.steps.is_empty() {
            self.draft.note("nothing-to-do", "It is so already.");
        }
        Ok(())
    }

    /// Adds the step that makes `after` of `before`.
    pub(super) fn write(&mut self, item: IamItem, before: &Value, after: &Value, effect: Effect) {
        let text = iam_deed(&item, before, after, &self.account);
        let written = |value: &Value| (!value.is_null()).then(|| value.to_string());
        let document = DocumentChange::of(written(before), written(after));
        if before.is_null()
            && let IamItem::Entity { kind, name } = &item
        {
            self.created.insert((*kind, name.clone()));
        }
        let context = self.context.clone();
        self.draft.step(&context, text, None, WriteIam { item, document });
        if effect != Effect::default() {
            let step = self.draft.content.steps.len() - 1;
            self.draft.content.effects.push(effect.of_step(step));
        }
    }

    /// Adds a finding that prevents the run.
    pub(super) fn error(&mut self, code: &str, text: impl Into<String>, hint: &str) {
        self.draft.error(code, text, hint);
    }

    /// Adds a finding about something that is probably not intended.
    pub(super) fn warning(&mut self, code: &str, text: impl Into<String>, hint: Option<&str>) {
        self.draft.warning(code, text, hint);
    }

    /// Something asked for is so already.
    pub(super) fn already(&mut self) {
        self.left = true;
    }

    /// A user, a group or a role that exists, or that an earlier step creates (`None`).
    pub(super) async fn existing(&self, of: &IamName, field: &str) -> Result<Option<IamEntity>, ApiError> {
        let (kind, name) = input::entity(of, field)?;
        if self.created.contains(&(kind, name.clone())) {
            return Ok(None);
        }
        let found = self.services.iam_entity(kind, &name).await?;
        found.map(Some).ok_or_else(|| {
            let text = format!("{} has no {} `{name}`.", self.account, kind.word());
            ApiError::new("iam-not-found", Side::Input, text).at(field)
        })
    }

    /// Refuses what would take from Longshore or from the account who manages it. `takes` is whether the change
    /// takes something.
    pub(super) fn protect(&mut self, kind: IamKind, name: &str, takes: bool) {
        if kind == IamKind::User && name.eq_ignore_ascii_case(ADMINISTRATOR) {
            let text = format!("User `{name}` manages {}; Longshore does not change it.", self.account);
            self.error("iam-administrator", text, "Change it with AWS's own tools if that is meant.");
            return;
        }
        let acting = self.context.principal.as_deref().unwrap_or_default();
        let words: Vec<&str> = acting.rsplitn(2, ':').next().unwrap_or_default().split('/').collect();
        let is_acting = match (kind, words.as_slice()) {
            (IamKind::User, ["user", .., last]) => last == &name,
            (IamKind::Role, ["assumed-role", role, ..]) => role == &name,
            _ => false,
        };
        if takes && is_acting {
            let text = format!(
                "Longshore acts in {} as {} `{name}`: the change could lock it out.",
                self.account,
                kind.word()
            );
            self.error("iam-own-principal", text, "Act as another user or role, and plan again.");
        }
    }

    /// A managed policy by its ARN or name.
    pub(super) async fn policy(&self, text: &str, field: &str) -> Result<IamPolicy, ApiError> {
        let text = text.trim();
        let partition = self.services.registry.region.partition();
        let account = &self.services.registry.account;
        let own = format!("arn:{}:iam::{account}:policy/{text}", partition.id());
        let of_aws = format!("arn:{}:iam::aws:policy/{text}", partition.id());
        let asked = if text.starts_with("arn:") { vec![text.to_owned()] } else { vec![own, of_aws] };
        let is_name = |arn: &str| input::name(arn, 128, field).is_ok();
        for arn in asked.iter().filter(|_| text.starts_with("arn:") || is_name(text)) {
            if let Some(found) = self.services.iam_policy(arn).await? {
                return Ok(found);
            }
        }
        let mut all = self.services.iam_policies(ListedPolicies::Own).await?;
        if !text.starts_with("arn:") {
            all.extend(self.services.iam_policies(ListedPolicies::Aws).await?);
            if let Some(found) = all.iter().find(|policy| policy.name == text) {
                return Ok(found.clone());
            }
        }
        let problem = format!("{} has no managed policy `{}`.", self.account, shown(text, 200));
        let error = ApiError::new("iam-policy-unknown", Side::Input, problem).at(field);
        let near = did_you_mean(text, all.iter().map(|policy| policy.name.as_str()));
        Err(error.hint_if(near.map(|near| format!("Did you mean `{near}`?"))))
    }

    /// Attaches policies that exist, or detaches them.
    async fn attachments(
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
    async fn memberships(&mut self, group: &str, users: &[String], add: bool) -> Result<(), ApiError> {
        some(users, "users")?;
        let group = IamName { kind: crate::api::IamKind::Group, name: group.to_owned() };
        self.existing(&group, "group").await?;
        let (_, group) = input::entity(&group, "group")?;
        for (index, user) in users.iter().enumerate() {
            let field = format!("users[{index}]");
            let user = IamName { kind: crate::api::IamKind::User, name: user.clone() };
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
        let joins =
            |step: &&crate::steps::Step| step.text.starts_with(&format!("Add user `{user}` to group "));
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

    async fn new_key(&mut self, user: &str) -> Result<(), ApiError> {
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
    async fn key(&mut self, user: &str, id: &str, active: Option<bool>) -> Result<(), ApiError> {
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
        let of = IamName { kind: crate::api::IamKind::User, name: user.to_owned() };
        self.existing(&of, "user").await?;
        Ok(input::entity(&of, "user")?.1)
    }
}

/// A user, the users of a group, or a role, at the beginning of a sentence.
pub(super) fn who(kind: IamKind, name: &str) -> String {
    match kind {
        IamKind::User => format!("User `{name}`"),
        IamKind::Group => format!("Users in group `{name}`"),
        IamKind::Role => format!("Role `{name}`"),
    }
}

fn some<T>(list: &[T], field: &str) -> Result<(), ApiError> {
    match list.is_empty() {
        false => Ok(()),
        true => Err(ApiError::input("input-missing", field, "Name at least one.")),
    }
}
