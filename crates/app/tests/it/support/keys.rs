//! Access keys of accounts of a sandbox that plays AWS, and apps beside it.

use std::sync::Arc;

use longshore_app::{App, SecretStore};
use longshore_ecr::RoleRequest;
use tempfile::TempDir;

use super::{client, options, ready, registry};

/// A key of an account: its id, its secret, and a session's token.
pub(crate) type Key = (String, String, Option<String>);

/// The key of an account's user.
pub(crate) fn user(aws: &App, account: &str) -> Key {
    let keys = ready(aws).credentials.into_iter().find(|known| known.account.as_str() == account).unwrap();
    (keys.access_key_id, keys.secret_access_key, None)
}

/// The key of a role in the account, which is another principal.
pub(crate) async fn role(aws: &App, account: &str) -> Key {
    let request = RoleRequest {
        role_arn: format!("arn:aws:iam::{account}:role/other"),
        session_name: "other".into(),
        external_id: None,
        duration: None,
    };
    let client = client(aws, &registry(account, "us-west-2"));
    let role = client.assume_role(&request).await.unwrap().credentials;
    let text = |text: &str| text.to_owned();
    (text(role.access_key_id()), text(role.secret_access_key()), role.session_token().map(text))
}

/// An app for which AWS is the sandbox of another app.
pub(crate) async fn beside(aws: &App, directory: &TempDir, secrets: Arc<dyn SecretStore>) -> Arc<App> {
    let mut options = options(directory);
    options.aws_endpoint = Some(ready(aws).control.parse().unwrap());
    options.secrets = secrets;
    App::open(options).await.unwrap()
}
