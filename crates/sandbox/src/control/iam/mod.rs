//! IAM in AWS Query: users, groups, roles and managed policies (IAM API Reference, version 2010-05-08).
//!
//! A role that was not created exists once it was assumed, with the path with which that was. The role of
//! ECR's replication exists once the account has had a replication configuration, or was created.

mod asked;
mod attachments;
mod groups;
mod inline;
mod keys;
mod policies;
mod roles;
mod shown;
mod simulate;
mod users;
mod versions;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use self::asked::Asked;
use crate::{
    control::wire::{
        error::{ApiError, ApiResult},
        form::Form,
        signing::caller::Caller,
        xml::Element,
    },
    iam::Kind::{Group, Role, User},
    state::State,
};

const VERSION: &str = "2010-05-08";
/// The namespace of answers.
pub(in crate::control) const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// What an operation answers inside its `…Result` element; `None` for one without.
type Answer = ApiResult<Option<Element>>;

macro_rules! operations {
    ($($name:literal => $run:expr),* $(,)?) => {
        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];

        fn run(asked: &Asked<'_>) -> ApiResult<(&'static str, Option<Element>)> {
            match asked.action {
                $($name => {
                    let run: fn(&Asked<'_>, Element) -> Answer = $run;
                    Ok((concat!($name, "Response"), run(asked, Element::new(concat!($name, "Result")))?))
                })*
                other => Err(unknown(other, VERSION)),
            }
        }
    };
}

operations! {
    "AddUserToGroup" => groups::add_user,
    "AttachGroupPolicy" => |asked, _| attachments::attach(asked, Group),
    "AttachRolePolicy" => |asked, _| attachments::attach(asked, Role),
    "AttachUserPolicy" => |asked, _| attachments::attach(asked, User),
    "CreateAccessKey" => keys::create,
    "CreateGroup" => groups::create,
    "CreatePolicy" => policies::create,
    "CreatePolicyVersion" => versions::create,
    "CreateRole" => roles::create,
    "CreateServiceLinkedRole" => roles::create_service_linked,
    "CreateUser" => users::create,
    "DeleteAccessKey" => keys::delete,
    "DeleteGroup" => groups::delete,
    "DeleteGroupPolicy" => |asked, _| inline::delete(asked, Group),
    "DeletePolicy" => policies::delete,
    "DeletePolicyVersion" => versions::delete,
    "DeleteRole" => roles::delete,
    "DeleteRolePermissionsBoundary" => |asked, _| attachments::delete_boundary(asked, Role),
    "DeleteRolePolicy" => |asked, _| inline::delete(asked, Role),
    "DeleteUser" => users::delete,
    "DeleteUserPermissionsBoundary" => |asked, _| attachments::delete_boundary(asked, User),
    "DeleteUserPolicy" => |asked, _| inline::delete(asked, User),
    "DetachGroupPolicy" => |asked, _| attachments::detach(asked, Group),
    "DetachRolePolicy" => |asked, _| attachments::detach(asked, Role),
    "DetachUserPolicy" => |asked, _| attachments::detach(asked, User),
    "GetGroup" => groups::get,
    "GetGroupPolicy" => |asked, result| inline::get(asked, result, Group),
    "GetPolicy" => policies::get,
    "GetPolicyVersion" => versions::get,
    "GetRole" => roles::get,
    "GetRolePolicy" => |asked, result| inline::get(asked, result, Role),
    "GetUser" => users::get,
    "GetUserPolicy" => |asked, result| inline::get(asked, result, User),
    "GetAccessKeyLastUsed" => keys::last_used,
    "ListAccessKeys" => keys::list,
    "ListAttachedGroupPolicies" => |asked, result| attachments::list(asked, result, Group),
    "ListAttachedRolePolicies" => |asked, result| attachments::list(asked, result, Role),
    "ListAttachedUserPolicies" => |asked, result| attachments::list(asked, result, User),
    "ListEntitiesForPolicy" => attachments::list_entities,
    "ListGroupPolicies" => |asked, result| inline::list(asked, result, Group),
    "ListGroups" => groups::list,
    "ListGroupsForUser" => groups::list_for_user,
    "ListPolicies" => policies::list,
    "ListPolicyVersions" => versions::list,
    "ListRolePolicies" => |asked, result| inline::list(asked, result, Role),
    "ListRoles" => roles::list,
    "ListUserPolicies" => |asked, result| inline::list(asked, result, User),
    "ListUsers" => users::list,
    "PutGroupPolicy" => |asked, _| inline::put(asked, Group),
    "PutRolePermissionsBoundary" => |asked, _| attachments::put_boundary(asked, Role),
    "PutRolePolicy" => |asked, _| inline::put(asked, Role),
    "PutUserPermissionsBoundary" => |asked, _| attachments::put_boundary(asked, User),
    "PutUserPolicy" => |asked, _| inline::put(asked, User),
    "RemoveUserFromGroup" => groups::remove_user,
    "SetDefaultPolicyVersion" => versions::set_default,
    "SimulateCustomPolicy" => simulate::custom,
    "SimulatePrincipalPolicy" => simulate::principal,
    "UpdateAccessKey" => keys::update,
    "UpdateAssumeRolePolicy" => roles::update_trust,
}

/// Runs the action that the form names. Returns the whole document, and the parameters that had no
/// effect. Blocks on the disk.
pub(in crate::control) fn call(
    form: &Form,
    state: &State,
    caller: &Caller,
    now: DateTime<Utc>,
    request_id: &str,
) -> ApiResult<(Element, BTreeSet<String>)> {
    let action = form.get("Action").unwrap_or_default();
    let version = form.get("Version").unwrap_or_default();
    if version != VERSION {
        return Err(unknown(action, version));
    }
    let iam = state.iam(&caller.account).ok_or_else(|| ApiError::server(&"the account has no IAM"))?;
    let asked = Asked { action, form, state, caller, iam, now };
    let (response, result) = run(&asked)?;
    let metadata = Element::new("ResponseMetadata").text("RequestId", request_id);
    let document = result.into_iter().fold(Element::new(response), Element::child);
    Ok((document.child(metadata), form.unread()))
}

fn unknown(action: &str, version: &str) -> ApiError {
    ApiError::new("InvalidAction", format!("Could not find operation {action} for version {version}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::NAMES;

    #[test]
    fn the_document_lists_every_operation() {
        let document = include_str!("../../../../../docs/sandbox.md");
        let section = document.split("\n## IAM\n").nth(1).unwrap().split("\n## ").next().unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| "));
        let cells = rows.filter_map(|row| row.split('|').nth(2)).filter(|cell| !cell.contains("operations"));
        let listed: BTreeSet<&str> = cells.flat_map(|cell| cell.split(',')).map(str::trim).collect();
        assert_eq!(listed, NAMES.iter().copied().collect());
    }
}
