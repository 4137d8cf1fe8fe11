//! STS in AWS Query: `GetCallerIdentity`, `AssumeRole` and `GetSessionToken`.
//!
//! A role of an account in the sandbox that was not created exists and trusts the sandbox's accounts. Source: AWS STS API Reference, version 2011-06-15.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::StatusCode;
use longshore_names::AccountId;

use crate::access::token::SigningKey;
use crate::control::{
    beside::assume::{Assumable, Wanted},
    beside::session_token::{check_code, get_session_token},
    wire::error::{ApiError, ApiResult},
    wire::form::Form,
    wire::signing::caller::{Caller, assumed_arn, assumed_id},
    wire::signing::sessions::{AssumedRole, Holder, Session, SessionKeys},
    wire::xml::Element,
};

const VERSION: &str = "2011-06-15";
/// The namespace of answers.
pub(in crate::control) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// Largest `DurationSeconds` of a session that was made with the keys of a session.
const CHAINED_SECONDS: i64 = 3600;

/// What STS needs to know of the sandbox.
pub(in crate::control) struct StsContext<'a> {
    pub(in crate::control) caller: &'a Caller,
    pub(in crate::control) key: &'a SigningKey,
    pub(in crate::control) now: DateTime<Utc>,
    /// The role, if the caller may assume it.
    pub(in crate::control) assumable: &'a dyn Fn(&Wanted<'_>) -> Option<Assumable>,
    /// Keeps the path of a role, which the ARN of its session does not have.
    pub(in crate::control) remember_path: &'a dyn Fn((AccountId, String), String),
}

/// Runs the action that the form names; the response is the content of its `…Response` element.
pub(in crate::control) fn call(
    form: &Form,
    context: &StsContext<'_>,
    request_id: &str,
) -> ApiResult<Element> {
    let action = form.get("Action").unwrap_or_default();
    if form.get("Version") != Some(VERSION) {
        return Err(unknown_action(action, form.get("Version").unwrap_or_default()));
    }
    let (response, result) = match action {
        "GetCallerIdentity" => ("GetCallerIdentityResponse", get_caller_identity(context)),
        "AssumeRole" => ("AssumeRoleResponse", assume_role(form, context)?),
        "GetSessionToken" => ("GetSessionTokenResponse", get_session_token(form, context)?),
        _ => return Err(unknown_action(action, VERSION)),
    };
    let metadata = Element::new("ResponseMetadata").text("RequestId", request_id);
    Ok(Element::new(response).child(result).child(metadata))
}

fn get_caller_identity(context: &StsContext<'_>) -> Element {
    let caller = context.caller;
    Element::new("GetCallerIdentityResult")
        .text("Arn", &caller.arn())
        .text("UserId", &caller.user_id())
        .text("Account", caller.account.as_str())
}

fn assume_role(form: &Form, context: &StsContext<'_>) -> ApiResult<Element> {
    let caller = context.caller;
    let role_arn = needed(form, "RoleArn", "roleArn")?;
    let name = needed(form, "RoleSessionName", "roleSessionName")?;
    let named = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&name.chars().count()) || !name.chars().all(named) {
        return Err(constraint(
            name,
            "roleSessionName",
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ));
    }
    let lifetime = role_duration(form, caller.is_role())?;
    check_code(form)?;
    if form.get("Policy").is_some() || form.has_prefix("PolicyArns.") {
        return Err(validation(
            "The sandbox does not evaluate session policies; leave Policy and PolicyArns out.",
        ));
    }
    let (account, path, role) =
        parse_role(role_arn, caller).ok_or_else(|| validation(&format!("{role_arn} is invalid")))?;
    let wanted = Wanted {
        account: &account,
        path: &path,
        name: role,
        arn: role_arn,
        session: name,
        external_id: form.get("ExternalId"),
    };
    let Some(assumable) = (context.assumable)(&wanted) else {
        let message = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
            caller.arn()
        );
        return Err(ApiError::new("AccessDenied", message).with_status(StatusCode::FORBIDDEN));
    };
    if lifetime > TimeDelta::seconds(assumable.longest_session.into()) {
        return Err(validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    (context.remember_path)((account.clone(), format!("role/{role}")), path.clone());
    let role = AssumedRole {
        role: role.to_owned(),
        name: name.to_owned(),
        chained: caller.is_role(),
        path,
        id: assumable.id,
    };
    let user = Element::new("AssumedRoleUser")
        .text("AssumedRoleId", &assumed_id(&account, &role))
        .text("Arn", &assumed_arn(caller.region.partition(), &account, &role));
    let (_, keys) = Session::issue(context.key, account, Holder::Role(role), lifetime, context.now);
    Ok(Element::new("AssumeRoleResult").child(user).child(credentials(&keys)))
}

/// The `Credentials` structure.
pub(super) fn credentials(keys: &SessionKeys) -> Element {
    Element::new("Credentials")
        .text("AccessKeyId", &keys.access_key_id)
        .text("SecretAccessKey", &keys.secret_access_key)
        .text("SessionToken", &keys.session_token)
        .text("Expiration", &keys.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn role_duration(form: &Form, chained: bool) -> ApiResult<TimeDelta> {
    let lifetime = duration(form, CHAINED_SECONDS, 43_200)?;
    if chained && lifetime > TimeDelta::seconds(CHAINED_SECONDS) {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    Ok(lifetime)
}

/// `DurationSeconds`, of at least 900.
pub(super) fn duration(form: &Form, default: i64, most: i64) -> ApiResult<TimeDelta> {
    let Some(text) = form.get("DurationSeconds") else { return Ok(TimeDelta::seconds(default)) };
    let seconds: i64 = text
        .parse()
        .map_err(|_| ApiError::new("MalformedInput", format!("'{text}' is not a valid integer")))?;
    if seconds < 900 {
        return Err(constraint(
            text,
            "durationSeconds",
            "Member must have value greater than or equal to 900",
        ));
    }
    if seconds > most {
        let bound = format!("Member must have value less than or equal to {most}");
        return Err(constraint(text, "durationSeconds", &bound));
    }
    Ok(TimeDelta::seconds(seconds))
}

/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`, in the caller's partition.
fn parse_role<'a>(arn: &'a str, caller: &Caller) -> Option<(AccountId, String, &'a str)> {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next();
    if next()? != "arn"
        || next()? != caller.region.partition().id()
        || next()? != "iam"
        || !next()?.is_empty()
    {
        return None;
    }
    let account: AccountId = next()?.parse().ok()?;
    let whole = next()?.strip_prefix("role/")?;
    let name = whole.rsplit('/').next()?;
    let path = format!("/{}", whole.strip_suffix(name)?);
    let named = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let right = (1..=64).contains(&name.len()) && name.chars().all(named) && (20..=2048).contains(&arn.len());
    right.then_some((account, path, name))
}

fn needed<'a>(form: &'a Form, name: &str, member: &str) -> ApiResult<&'a str> {
    form.get(name)
        .ok_or_else(|| validation(&format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null")))
}

pub(super) fn constraint(value: &str, member: &str, constraint: &str) -> ApiError {
    validation(&format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    ))
}

fn validation(message: &str) -> ApiError {
    ApiError::new("ValidationError", message)
}

fn unknown_action(action: &str, version: &str) -> ApiError {
    ApiError::new("InvalidAction", format!("Could not find operation {action} for version {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(body: &str) -> ApiResult<String> {
        let account: AccountId = "111122223333".parse().unwrap();
        let caller = Caller::user(account, "us-west-2".parse().unwrap());
        let context = StsContext {
            caller: &caller,
            key: &SigningKey::new(vec![1; 32]),
            now: DateTime::UNIX_EPOCH,
            assumable: &|wanted| (wanted.account.as_str() == "444455556666").then(Assumable::unnamed),
            remember_path: &|_, _| (),
        };
        call(&Form::parse(body.as_bytes()), &context, "id").map(|element| element.print("urn:x"))
    }

    #[test]
    fn a_caller_learns_who_they_are() {
        let answer = run("Action=GetCallerIdentity&Version=2011-06-15").unwrap();
        assert!(answer.contains("<Account>111122223333</Account>"), "{answer}");
        assert!(answer.contains("<Arn>arn:aws:iam::111122223333:user/administrator</Arn>"), "{answer}");
    }

    #[test]
    fn a_role_is_assumed_in_an_account_of_the_sandbox_only() {
        let assume = |arn: &str, rest: &str| {
            run(&format!(
                "Action=AssumeRole&Version=2011-06-15&RoleArn={}&RoleSessionName=ci{rest}",
                urlencoding::encode(arn)
            ))
        };
        let answer = assume("arn:aws:iam::444455556666:role/team/deployer", "&DurationSeconds=900").unwrap();
        assert!(answer.contains("<Arn>arn:aws:sts::444455556666:assumed-role/deployer/ci</Arn>"), "{answer}");
        assert!(answer.contains("<Expiration>1970-01-01T00:15:00Z</Expiration>"), "{answer}");
        let code = |arn: &str, rest: &str| assume(arn, rest).unwrap_err().code;
        assert_eq!(code("arn:aws:iam::999999999999:role/deployer", ""), "AccessDenied");
        assert_eq!(code("arn:aws:iam::444455556666:user/deployer", ""), "ValidationError");
        assert_eq!(code("arn:aws-cn:iam::444455556666:role/deployer", ""), "ValidationError");
        assert_eq!(
            code("arn:aws:iam::444455556666:role/deployer", "&DurationSeconds=899"),
            "ValidationError"
        );
        assert_eq!(
            code("arn:aws:iam::444455556666:role/deployer", "&DurationSeconds=43201"),
            "ValidationError"
        );
        assert_eq!(code("arn:aws:iam::444455556666:role/deployer", "&Policy=%7B%7D"), "ValidationError");
    }

    #[test]
    fn missing_members_and_unknown_actions_are_named() {
        assert_eq!(run("Action=Fly&Version=2011-06-15").unwrap_err().code, "InvalidAction");
        assert_eq!(run("Action=GetCallerIdentity&Version=2000-01-01").unwrap_err().code, "InvalidAction");
        let error = run("Action=AssumeRole&Version=2011-06-15").unwrap_err();
        assert!(error.message.contains("'roleArn'"), "{}", error.message);
    }
}
