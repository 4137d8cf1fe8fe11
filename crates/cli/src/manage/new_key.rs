//! `longshore account add --key` and `account change --new-key`: an access key is never an argument.

use std::io::{IsTerminal, Read};

use longshore_app::api::{Account, AddAccount as AddRequest, ApiError, Environment, ReplaceKey, Space};
use serde_json::{Value, json};

use super::{
    account::{event, show},
    arguments::{AddAccount, KeyFrom},
    open::Managed,
};
use crate::{failure::Failure, output};

/// The longest text with a key.
const LONGEST: u64 = 64 * 1024;

/// What was read.
struct NewKey {
    id: String,
    secret: String,
    token: Option<String>,
}

impl NewKey {
    fn from(from: KeyFrom) -> Result<Self, Failure> {
        match from {
            KeyFrom::Stdin => of_input(),
            KeyFrom::Environment => of_environment(),
        }
    }
}

/// Connects an account by a key.
pub(super) async fn add(managed: &Managed, options: AddAccount, from: KeyFrom) -> Result<(), Failure> {
    if options.about.regions.is_empty() {
        return Err(Failure::Usage(
            "An access key has no Region of its own: name some with --region.".into(),
        ));
    }
    let name = options
        .name
        .ok_or_else(|| Failure::Usage("An access key has no name: give one with --name.".into()))?;
    if !options.plan {
        refuse_memory()?;
    }
    let key = NewKey::from(from)?;
    let request = AddRequest {
        id: String::new(),
        name,
        environment: options.about.environment.map_or(Environment::Dev, Environment::from),
        colour: None,
        regions: options.about.regions,
        access_key_id: key.id,
        secret_access_key: key.secret,
        session_token: key.token,
        session_only: false,
    };
    let account = match options.plan {
        true => managed.app.prove_key(request).await?,
        false => managed.app.add_account(request).await?,
    };
    show(&account, managed.json);
    if managed.json {
        output::summary(&json!({"event": "summary", "plan": options.plan, "account": event(&account)}));
    }
    Ok(())
}

/// Replaces the key of an account.
pub(super) async fn replace(managed: &Managed, account: &str, from: KeyFrom) -> Result<(), Failure> {
    let Account { space, id, name, .. } = managed.stored(account).await?;
    if space == Space::Sandbox {
        let text = format!("{name} is an account of the sandbox, which makes its keys itself.");
        return Err(ApiError::input("no-access-key", "account", text).into());
    }
    refuse_memory()?;
    let key = NewKey::from(from)?;
    let request = ReplaceKey {
        id,
        access_key_id: key.id,
        secret_access_key: key.secret,
        session_token: key.token,
        session_only: false,
    };
    let account = managed.app.replace_key(request).await?;
    show(&account, managed.json);
    if managed.json {
        output::summary(&json!({"event": "summary", "account": event(&account)}));
    }
    Ok(())
}

/// A key in the memory of a command would be gone when it ends.
fn refuse_memory() -> Result<(), Failure> {
    match std::env::var("LONGSHORE_SECRETS").as_deref() {
        Ok("memory") => Err(Failure::Usage(
            "LONGSHORE_SECRETS=memory stores no key. Without a keychain, leave the key in the environment: registries \
             of accounts that are not connected are reached with it."
                .into(),
        )),
        _ => Ok(()),
    }
}

fn of_environment() -> Result<NewKey, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => Ok(NewKey { id, secret, token: variable("AWS_SESSION_TOKEN") }),
        _ => Err(Failure::Usage(
            "The environment has no key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.".into(),
        )),
    }
}

fn of_input() -> Result<NewKey, Failure> {
    // What is typed at a terminal would stay on its screen.
    if std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "Pipe the key in, such as `aws iam create-access-key | longshore account change ACCOUNT --new-key stdin`."
                .into(),
        ));
    }
    let mut text = String::new();
    std::io::stdin().lock().take(LONGEST).read_to_string(&mut text)?;
    read(&text).ok_or_else(|| {
        Failure::Usage(
            "Standard input has no key: pass JSON of the AWS CLI, or the id and the secret on a line each."
                .into(),
        )
    })
}

/// A key as `aws iam create-access-key`, `aws sts …` and programs of `credential_process` print it, or in lines.
fn read(text: &str) -> Option<NewKey> {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let at = ["AccessKey", "Credentials"].iter().find_map(|name| value.get(name)).unwrap_or(&value);
        let field = |name: &str| at.get(name).and_then(Value::as_str).map(str::to_owned);
        return Some(NewKey {
            id: field("AccessKeyId")?,
            secret: field("SecretAccessKey")?,
            token: field("SessionToken"),
        });
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let key = NewKey {
        id: lines.next()?.to_owned(),
        secret: lines.next()?.to_owned(),
        token: lines.next().map(str::to_owned),
    };
    lines.next().is_none().then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String, Option<String>)> {
        read(text).map(|key| (key.id, key.secret, key.token))
    }

    #[test]
    fn a_key_is_read_as_the_aws_cli_prints_it_and_in_lines() {
        let long = Some(("AKIA1".to_owned(), "secret".to_owned(), None));
        let brief = Some(("ASIA1".to_owned(), "secret".to_owned(), Some("token".to_owned())));
        assert_eq!(parts("AKIA1\nsecret\n"), long);
        assert_eq!(parts("\nASIA1\r\nsecret\r\ntoken"), brief);
        let created =
            r#"{"AccessKey": {"UserName": "u", "AccessKeyId": "AKIA1", "SecretAccessKey": "secret"}}"#;
        assert_eq!(parts(created), long);
        let session = r#"{"Credentials": {"AccessKeyId": "ASIA1", "SecretAccessKey": "secret", "SessionToken": "token"}}"#;
        assert_eq!(parts(session), brief);
        let process = r#"{"Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": "secret"}"#;
        assert_eq!(parts(process), long);
        for wrong in ["", "AKIA1", "a\nb\nc\nd", "{}", r#"{"AccessKeyId": "AKIA1"}"#] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
