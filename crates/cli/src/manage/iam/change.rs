//! Commands that change IAM.

use std::path::Path;

use longshore_app::api::{IamChange, IamKind, IamName, PlanRequest, RegistryKey, RunKey, RunState};
use serde_json::json;

use super::{
    arguments::{IamCommand, Key},
    name::{Named, any, entities, entity},
};
use crate::{
    failure::Failure,
    manage::{
        arguments::Change,
        changes::{carry_out, end},
        open::Managed,
        policy::text_of,
    },
    output,
};

/// Plans a change, and carries it out.
pub(super) async fn run(
    managed: &Managed,
    registry: RegistryKey,
    command: IamCommand,
) -> Result<(), Failure> {
    let Some(change) = command.change().cloned() else { return Ok(()) };
    let Some(iam) = wanted(command)? else { return Ok(()) };
    let makes_key = matches!(iam, IamChange::CreateKey { .. });
    let mut summary = json!({"account": registry.account});
    let request = PlanRequest::Iam { registry, iam };
    let made = carry_out(managed, request, &change, false).await?;
    let run = made.run.as_ref().filter(|run| run.state == RunState::Done);
    if let Some(run) = run.filter(|_| makes_key) {
        // Before anything else can fail: it is told once.
        let key = managed.app.take_key(RunKey { run: run.id.clone() }).await?;
        if managed.json {
            summary["key"] = json!({"user": key.user, "id": key.id, "secret": key.secret});
        } else {
            output::line(&format!("AWS_ACCESS_KEY_ID={}", key.id));
            output::line(&format!("AWS_SECRET_ACCESS_KEY={}", key.secret));
            output::note("The secret is shown this once. Longshore does not keep it.");
        }
    }
    let undo = made.run.as_ref().filter(|run| !run.versions.is_empty() && !managed.json);
    if let Some(run) = undo {
        output::note(&format!("`longshore replication undo {}` undoes it.", run.id));
    }
    end(managed, &change, made, summary)
}

fn read(file: &Path) -> Result<String, Failure> {
    text_of(file)
}

/// The change that a command stands for.
fn wanted(command: IamCommand) -> Result<Option<IamChange>, Failure> {
    let named = |kind, name: String| IamName { kind, name };
    let key = |key: Key, active| IamChange::SetKey { user: key.user, id: key.id, active };
    Ok(Some(match command {
        IamCommand::CreateUser(of) => IamChange::Create {
            of: named(IamKind::User, of.name),
            path: of.path,
            trust: None,
            description: None,
            policies: of.policies,
            with: of.groups,
        },
        IamCommand::CreateGroup(of) => IamChange::Create {
            of: named(IamKind::Group, of.name),
            path: of.path,
            trust: None,
            description: None,
            policies: of.policies,
            with: of.users,
        },
        IamCommand::CreateRole(of) => IamChange::Create {
            of: named(IamKind::Role, of.name),
            path: of.path,
            trust: Some(read(&of.trust)?),
            description: of.description,
            policies: of.policies,
            with: Vec::new(),
        },
        IamCommand::CreatePolicy(of) => IamChange::CreatePolicy {
            name: of.name,
            path: of.path,
            text: read(&of.file)?,
            attach: entities(&of.to)?,
        },
        IamCommand::UpdatePolicy(of) => {
            IamChange::PutPolicy { arn: without_kind(of.policy), text: read(&of.file)? }
        }
        IamCommand::UpdateTrust(of) => IamChange::PutTrust { role: of.role, text: read(&of.file)? },
        IamCommand::Attach(of) => IamChange::Attach {
            to: entities(&of.to)?,
            policies: of.policies.into_iter().map(without_kind).collect(),
        },
        IamCommand::Detach(of) => IamChange::Detach {
            from: entities(&of.from)?,
            policies: of.policies.into_iter().map(without_kind).collect(),
        },
        IamCommand::PutInline(of) => {
            IamChange::PutInline { of: entity(&of.of)?, policy: of.policy, text: read(&of.file)? }
        }
        IamCommand::DeleteInline(of) => IamChange::DeleteInline { of: entity(&of.of)?, policy: of.policy },
        IamCommand::AddToGroup(of) => IamChange::AddToGroup { group: of.group, users: of.users },
        IamCommand::RemoveFromGroup(of) => IamChange::RemoveFromGroup { group: of.group, users: of.users },
        IamCommand::Delete(of) => match any(&of.what)? {
            Named::Entity(of) => IamChange::Delete { of },
            Named::Policy(arn) => IamChange::DeletePolicy { arn },
        },
        IamCommand::CreateKey(of) => IamChange::CreateKey { user: of.user },
        IamCommand::ActivateKey(of) => key(of, true),
        IamCommand::DeactivateKey(of) => key(of, false),
        IamCommand::DeleteKey(of) => IamChange::DeleteKey { user: of.user, id: of.id },
        IamCommand::Users
        | IamCommand::Groups
        | IamCommand::Roles
        | IamCommand::Policies { .. }
        | IamCommand::Show { .. }
        | IamCommand::May(_) => return Ok(None),
    }))
}

/// A policy's ARN or name, without the `policy/` of `show` and `delete`.
fn without_kind(policy: String) -> String {
    policy.strip_prefix("policy/").map(str::to_owned).unwrap_or(policy)
}

impl IamCommand {
    /// How it changes something; `None` for what only reads.
    pub(crate) fn change(&self) -> Option<&Change> {
        Some(match self {
            Self::Users
            | Self::Groups
            | Self::Roles
            | Self::Policies { .. }
            | Self::Show { .. }
            | Self::May(_) => return None,
            Self::CreateUser(of) => &of.change,
            Self::CreateGroup(of) => &of.change,
            Self::CreateRole(of) => &of.change,
            Self::CreatePolicy(of) => &of.change,
            Self::UpdatePolicy(of) => &of.change,
            Self::UpdateTrust(of) => &of.change,
            Self::Attach(of) => &of.change,
            Self::Detach(of) => &of.change,
            Self::PutInline(of) => &of.change,
            Self::DeleteInline(of) => &of.change,
            Self::AddToGroup(of) | Self::RemoveFromGroup(of) => &of.change,
            Self::Delete(of) => &of.change,
            Self::CreateKey(of) => &of.change,
            Self::ActivateKey(of) | Self::DeactivateKey(of) | Self::DeleteKey(of) => &of.change,
        })
    }
}
