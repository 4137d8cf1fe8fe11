//! Connecting several accounts at once.

use std::collections::BTreeMap;

use longshore_app::api::{
    Account, ApiError, ConnectAccount, CredentialSource, Environment, ImportCandidate, ListOrganization,
    ProfileKind, Side, Space, SsoSessionKey,
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
        (None, true) => {
            let (found, without) = sso(managed, &options).await?;
            for (label, error) in &without {
                skipped += 1;
                report(managed, label, "skipped", error);
            }
            found
        }
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

/// An account that is not connected, and why.
type Without = (String, ApiError);

/// The accounts of a session, each with one role, and those that do not have the role that was asked for.
async fn sso(
    managed: &Managed,
    options: &ImportAccounts,
) -> Result<(Vec<Candidate>, Vec<Without>), ApiError> {
    let key = SsoSessionKey {
        session: options.sso_session.clone().unwrap_or_default(),
        start_url: options.start_url.clone(),
        region: options.sso_region.clone(),
    };
    let mut accounts: BTreeMap<String, Vec<ImportCandidate>> = BTreeMap::new();
    for found in managed.app.sso_accounts(key).await? {
        accounts.entry(found.account.clone()).or_default().push(found);
    }
    let known = managed.app.accounts().await?;
    let connected = |id: &str| known.iter().find(|account| account.space == Space::Aws && account.id == id);
    let (mut chosen, mut without, mut undecided) = (Vec::new(), Vec::new(), Vec::new());
    for (id, mut roles) in accounts {
        if let Some(account) = connected(&id) {
            without.push((id, exists(account)));
            continue;
        }
        match &options.role {
            None if roles.len() == 1 => chosen.extend(roles.pop().map(candidate)),
            Some(wanted) => match roles.iter().position(|found| role_of(found) == wanted) {
                Some(place) => chosen.push(candidate(roles.swap_remove(place))),
                None => without.push((id, not_assigned(wanted, &roles))),
            },
            None => undecided.push(format!("{} ({id}): {}", roles[0].name, names(&roles))),
        }
    }
    match undecided.is_empty() {
        true => Ok((chosen, without)),
        false => {
            let text = format!("Several roles could be used. {}.", undecided.join("; "));
            Err(ApiError::input("role-needed", "role", text).hint(
                "Choose one with --role NAME. `longshore account act ACCOUNT --role NAME` changes it later.",
            ))
        }
    }
}

fn exists(account: &Account) -> ApiError {
    let text = format!("Account {} is already connected as `{}`.", account.id, account.name);
    ApiError::input("account-exists", "credentials", text)
        .hint("`longshore account act ACCOUNT --role NAME` changes the role by which it acts.")
}

fn not_assigned(wanted: &str, roles: &[ImportCandidate]) -> ApiError {
    let text =
        format!("The account has no role {wanted} for the person who is signed in, only: {}.", names(roles));
    ApiError::new("sso-role-not-assigned", Side::Service, text)
}

fn role_of(candidate: &ImportCandidate) -> &str {
    match &candidate.credentials {
        CredentialSource::Sso { role, .. } => role,
        _ => "",
    }
}

fn names(roles: &[ImportCandidate]) -> String {
    roles.iter().map(role_of).collect::<Vec<_>>().join(", ")
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
