//! Connecting several accounts at once.

use longshore_app::api::{
    Account, ApiError, ConnectAccount, CredentialSource, Environment, ImportCandidate, ListOrganization,
    ProfileKind, Side, SsoSessionKey,
};
use serde_json::json;

use super::{account::show, arguments::ImportAccounts, open::Managed};
use crate::{
    failure::{Failure, event_of, in_lines},
    output,
};

/// An account that may be connected.
struct Candidate {
    /// What it is called in messages: a profile's name, or an account's number.
    label: String,
    name: Option<String>,
    credentials: CredentialSource,
    /// The program that is run for its credentials.
    program: Option<String>,
}

/// Connects all profiles, or the accounts of the organization of `--account`.
pub(super) async fn run(managed: &Managed, options: ImportAccounts) -> Result<(), Failure> {
    let (mut added, mut skipped, mut failed) = (0, 0, 0);
    let candidates = match (&options.role_name, options.sso_session.is_some() || options.start_url.is_some())
    {
        (Some(template), _) => organization(managed, template).await?,
        (None, true) => sso(managed, &options).await?,
        (None, false) => {
            let (found, known) = profiles(managed).await?;
            skipped += known;
            found
        }
    };
    for candidate in candidates {
        let label = candidate.label.clone();
        match connect(managed, candidate, &options).await {
            Ok(account) => {
                added += 1;
                show(&account, managed.json);
            }
            Err(error) if error.code == "account-exists" => {
                skipped += 1;
                report(managed, &label, "skipped", &error);
            }
            Err(error) => {
                failed += 1;
                report(managed, &label, "failed", &error);
            }
        }
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "plan": options.plan, "added": added, "skipped": skipped, "failed": failed,
        }));
    } else {
        output::line(&format!("{added} added, {skipped} skipped, {failed} failed."));
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Incomplete("Not every account could be connected.".into())),
    }
}

/// The profiles that are not connected, and how many others there are.
async fn profiles(managed: &Managed) -> Result<(Vec<Candidate>, usize), ApiError> {
    let all = managed.app.profiles().await?;
    let count = all.len();
    let found: Vec<Candidate> = all
        .into_iter()
        .filter(|profile| profile.connected.is_none() && profile.kind != ProfileKind::None)
        .map(|profile| Candidate {
            label: profile.name.clone(),
            name: None,
            credentials: CredentialSource::Profile { profile: profile.name },
            program: profile.command,
        })
        .collect();
    let others = count - found.len();
    Ok((found, others))
}

async fn organization(managed: &Managed, template: &str) -> Result<Vec<Candidate>, ApiError> {
    let via = managed.acting_account().ok_or_else(|| {
        ApiError::new("account-needed", Side::Input, "The organization's account is not named.")
            .hint("Name the connected account that may list the organization with --account.")
    })?;
    let request = ListOrganization { via, role_name: template.to_owned() };
    let found = managed.asking(async || managed.app.organization_accounts(request.clone()).await).await?;
    Ok(found.into_iter().map(candidate).collect())
}

async fn sso(managed: &Managed, options: &ImportAccounts) -> Result<Vec<Candidate>, ApiError> {
    let key = SsoSessionKey {
        session: options.sso_session.clone().unwrap_or_default(),
        start_url: options.start_url.clone(),
        region: options.sso_region.clone(),
    };
    let found = managed.app.sso_accounts(key).await?;
    Ok(found.into_iter().map(candidate).collect())
}

fn candidate(found: ImportCandidate) -> Candidate {
    Candidate { label: found.account, name: Some(found.name), credentials: found.credentials, program: None }
}

async fn connect(
    managed: &Managed,
    candidate: Candidate,
    options: &ImportAccounts,
) -> Result<Account, ApiError> {
    if let Some(program) = &candidate.program {
        let text = format!("Profile `{}` runs `{program}` for its credentials.", candidate.label);
        output::notes(&[text], managed.json);
    }
    let request = ConnectAccount {
        credentials: candidate.credentials,
        name: candidate.name,
        environment: options.about.environment.map(Environment::from),
        colour: None,
        regions: options.about.regions.clone(),
    };
    managed
        .asking(async || match options.plan {
            true => managed.app.prove_account(request.clone()).await,
            false => managed.app.connect_account(request.clone()).await,
        })
        .await
}

fn report(managed: &Managed, label: &str, event: &str, error: &ApiError) {
    if managed.json {
        output::json(&json!({"event": event, "profile": label, "error": event_of(error)}));
    } else {
        output::line(&format!("{label}: {}", in_lines(error).replace('\n', " ")));
    }
}
