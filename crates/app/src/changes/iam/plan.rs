//! Plans that change IAM.

use std::collections::HashSet;

use longshore_ecr::{IamEntity, IamItem, IamKind, IamPolicy, ListedPolicies, Services};
use longshore_names::{did_you_mean, shown};
use serde_json::Value;

use super::{create, delete, grants::Effect, input, perform::WriteIam};
use crate::{
    App,
    api::{ApiError, IamChange, IamName, RegistryKey, Side},
    documents::iam_deed,
    plans::{Content, Draft, account_name},
    steps::{Context, DocumentChange},
};

/// The user on whom an account depends; of a sandbox, the one whose key the account has.
const ADMINISTRATOR: &str = "administrator";

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
    pub(super) context: Context,
    pub(super) draft: Draft,
    pub(super) account: String,
    /// What earlier steps create.
    pub(super) created: HashSet<(IamKind, String)>,
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
        let words: Vec<&str> = acting.rsplit(':').next().unwrap_or_default().split('/').collect();
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
}

/// A user, the users of a group, or a role, at the beginning of a sentence.
pub(super) fn who(kind: IamKind, name: &str) -> String {
    match kind {
        IamKind::User => format!("User `{name}`"),
        IamKind::Group => format!("Users in group `{name}`"),
        IamKind::Role => format!("Role `{name}`"),
    }
}
