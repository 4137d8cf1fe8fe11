//! The profiles of the AWS configuration files, each with its kind.

use longshore_app::api::{ProfileKind, ProfileView};
use serde_json::{Value, json};

use super::open::Managed;
use crate::{failure::Failure, output};

/// Lists the profiles. None is asked for credentials.
pub(super) async fn list(managed: &Managed) -> Result<(), Failure> {
    let profiles = managed.app.profiles().await?;
    for profile in &profiles {
        match managed.json {
            true => output::json(&event(profile)),
            false => tell(profile),
        }
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "profiles": profiles.len()}));
    } else if profiles.is_empty() {
        output::line("The AWS configuration files have no profiles.");
    }
    Ok(())
}

fn event(profile: &ProfileView) -> Value {
    json!({
        "event": "profile", "profile": profile.name, "kind": profile.kind, "region": profile.region,
        "account": profile.account, "role": profile.role, "mfa_serial": profile.mfa_serial,
        "command": profile.command, "endpoint": profile.endpoint, "connected": profile.connected,
    })
}

fn tell(profile: &ProfileView) {
    let ProfileView { name, account, role, command, endpoint, connected, .. } = profile;
    let state = match connected {
        Some(account) => format!("connected as {account}"),
        None => "not connected".into(),
    };
    output::line(&format!("{name}  {}  {state}", kind(profile.kind)));
    let known = [("Account", account), ("Role", role), ("Program", command), ("Custom endpoint", endpoint)];
    for (what, text) in known {
        text.iter().for_each(|text| output::line(&format!("  {what} {text}")));
    }
}

/// As the window names it.
fn kind(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Static => "access key in a file",
        ProfileKind::SsoSession => "IAM Identity Center session",
        ProfileKind::SsoLegacy => "IAM Identity Center, legacy",
        ProfileKind::CredentialProcess => "program",
        ProfileKind::RoleFromProfile => "role via another profile",
        ProfileKind::RoleFromEnvironment => "role of the environment",
        ProfileKind::WebIdentity => "web identity",
        ProfileKind::LoginSession => "aws login",
        ProfileKind::None => "no credentials",
    }
}
