//! `longshore account …`

use std::path::PathBuf;

use longshore_app::api::{
    Account, AccountHosts, AccountKey, AccountRegions, AccountRemoval, ActAs, ApiError, ConnectAccount,
    CredentialSource, Environment, RegionChoice, Space, UpdateAccount,
};
use serde_json::{Value, json};

use super::{
    arguments::{self, AccountCommand, AddAccount, ChangeAccount, OnOff},
    open::{Managed, custom_endpoint},
};
use crate::{
    failure::{Failure, event_of},
    output,
};

/// Runs a command about accounts.
pub(crate) async fn run(options: arguments::Account) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| match command {
            AccountCommand::List => list(managed).await,
            AccountCommand::Check { accounts } => check(managed, &accounts).await,
            AccountCommand::Add(options) => add(managed, options).await,
            AccountCommand::Import(options) => super::import::run(managed, options).await,
            AccountCommand::Change(options) => change(managed, options).await,
            AccountCommand::Act { account, role } => act(managed, &account, role).await,
            AccountCommand::Regions { account } => regions(managed, &account).await,
            AccountCommand::SignIn(options) => super::sign_in::run(managed, options).await,
            AccountCommand::SignOut(center) => super::sign_in::out(managed, center).await,
            AccountCommand::Sessions => super::sign_in::list(managed).await,
            AccountCommand::Profiles => super::profiles::list(managed).await,
            AccountCommand::Remove { account, plan } => remove(managed, &account, plan).await,
        })
        .await
}

async fn accounts(managed: &Managed) -> Result<Vec<Account>, ApiError> {
    managed.app.accounts_in(managed.space).await
}

/// Why a list of accounts is empty, and how that is changed.
fn note_none(managed: &Managed) {
    output::note(match managed.space {
        Space::Sandbox => {
            "The sandbox has no accounts while it does not run. Start it in the window, or with `longshore sandbox \
             serve`; --state names the state directory of another one."
        }
        Space::Aws => {
            "No account is connected. `longshore account add` and `account import` connect accounts; --sandbox \
             chooses those of the sandbox."
        }
    });
}

async fn list(managed: &Managed) -> Result<(), Failure> {
    let accounts = accounts(managed).await?;
    for account in &accounts {
        show(account, managed.json);
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "accounts": accounts.len()}));
    }
    if accounts.is_empty() {
        note_none(managed);
    }
    Ok(())
}

async fn check(managed: &Managed, named: &[String]) -> Result<(), Failure> {
    let mut wanted = Vec::new();
    for name in named {
        wanted.push(managed.find(name).await?);
    }
    if named.is_empty() {
        wanted = accounts(managed).await?;
    }
    if wanted.is_empty() {
        note_none(managed);
    }
    let (mut failed, count) = (0, wanted.len());
    for account in wanted {
        let key = AccountKey { space: account.space, id: account.id.clone() };
        let asked = managed
            .asking(async || {
                let checked = managed.app.check_account(key.clone()).await?;
                match &checked.problem {
                    Some(problem) if problem.code == "mfa-code-needed" => Err(problem.clone()),
                    _ => Ok(checked),
                }
            })
            .await;
        let checked = asked.unwrap_or_else(|error| Account { problem: Some(error), ..account });
        failed += usize::from(checked.problem.is_some());
        show(&checked, managed.json);
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "accounts": count, "failed": failed}));
    }
    match failed {
        0 => Ok(()),
        1 => Err(Failure::Failed("1 account cannot be used.".into())),
        several => Err(Failure::Failed(format!("{several} accounts cannot be used."))),
    }
}

async fn add(managed: &Managed, options: AddAccount) -> Result<(), Failure> {
    if let Some(from) = options.key {
        return super::new_key::add(managed, options, from).await;
    }
    let credentials = match (options.profile, options.role_arn) {
        (Some(profile), _) => {
            show_program(managed, &profile).await?;
            CredentialSource::Profile { profile }
        }
        (None, Some(role_arn)) => CredentialSource::Role {
            role_arn,
            via: managed.number(&options.via.unwrap_or_default()).await?,
            external_id: options.external_id,
            session_name: options.session_name,
            mfa_serial: options.mfa_serial,
            duration: options.duration.map(|time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX)),
        },
        (None, None) => return Err(Failure::Usage("Give --profile, --role-arn or --key.".into())),
    };
    let request = ConnectAccount {
        credentials,
        name: options.name,
        environment: options.about.environment.map(Environment::from),
        colour: None,
        regions: options.about.regions,
    };
    let account = managed
        .asking(async || match options.plan {
            true => managed.app.prove_account(request.clone()).await,
            false => managed.app.connect_account(request.clone()).await,
        })
        .await?;
    show(&account, managed.json);
    if managed.json {
        let account = event(&account);
        output::summary(&json!({"event": "summary", "plan": options.plan, "account": account}));
    }
    Ok(())
}

/// A profile may run a program for its credentials; that is shown before it runs.
async fn show_program(managed: &Managed, profile: &str) -> Result<(), Failure> {
    let profiles = managed.app.profiles().await?;
    let command = profiles.into_iter().find(|known| known.name == profile).and_then(|known| known.command);
    if let Some(command) = command {
        output::notes(&[format!("Profile `{profile}` runs `{command}` for its credentials.")], managed.json);
    }
    Ok(())
}

async fn change(managed: &Managed, options: ChangeAccount) -> Result<(), Failure> {
    if let Some(from) = options.new_key {
        return super::new_key::replace(managed, &options.account, from).await;
    }
    let Account { space, id, name, environment, colour, regions, hosts, .. } =
        managed.stored(&options.account).await?;
    if let Some(given) = options.confirm.as_deref().map(str::trim)
        && given != id
        && given.to_lowercase() != name.to_lowercase()
    {
        let text = format!("`{}` is not the account that is changed.", longshore_names::shown(given, 200));
        let hint = format!("Confirm it with --confirm '{name}', where that is needed.");
        return Err(ApiError::input("confirmation-needed", "confirm", text).hint(hint).into());
    }
    let chosen = |state: Option<OnOff>, now| state.map_or(now, |state| matches!(state, OnOff::On));
    let hosts = AccountHosts {
        fips: chosen(options.fips, hosts.fips),
        dual_stack: chosen(options.dual_stack, hosts.dual_stack),
        vpc_endpoints: match options.vpc_endpoints.is_empty() {
            true => hosts.vpc_endpoints,
            false => longshore_app::vpc_endpoints(&options.vpc_endpoints)?,
        },
    };
    let request = UpdateAccount {
        space,
        id,
        name: options.name.unwrap_or(name),
        environment: options.environment.map_or(environment, Environment::from),
        colour,
        regions: if options.regions.is_empty() { regions } else { options.regions },
        hosts: Some(hosts),
        terraform_state: options.terraform_state.map(state_path).transpose()?,
        confirm: options.confirm,
    };
    let account = managed.app.update_account(request).await?;
    show(&account, managed.json);
    if managed.json {
        output::summary(&json!({"event": "summary", "account": event(&account)}));
    }
    Ok(())
}

async fn act(managed: &Managed, account: &str, role: String) -> Result<(), Failure> {
    let Account { space, id, .. } = managed.stored(account).await?;
    let request = ActAs { space, account: id, role };
    let account = managed.asking(async || managed.app.act_as(request.clone()).await).await?;
    show(&account, managed.json);
    if managed.json {
        output::summary(&json!({"event": "summary", "account": event(&account)}));
    }
    Ok(())
}

/// The path of a state as the app takes it: absolute, or empty for none.
fn state_path(path: PathBuf) -> Result<String, Failure> {
    if path.as_os_str() == "none" {
        return Ok(String::new());
    }
    let path = std::path::absolute(path)?;
    let text = path.to_str().ok_or_else(|| Failure::Usage("The path of the state is not UTF-8.".into()))?;
    Ok(text.to_owned())
}

async fn regions(managed: &Managed, account: &str) -> Result<(), Failure> {
    let Account { space, id, .. } = managed.find(account).await?;
    let key = AccountKey { space, id: id.clone() };
    let AccountRegions { regions, problem } =
        managed.asking(async || managed.app.account_regions(key.clone()).await).await?;
    for RegionChoice { region, enabled } in &regions {
        if managed.json {
            output::json(&json!({"event": "region", "region": region, "enabled": enabled}));
        } else {
            let state = match enabled {
                Some(true) => "enabled",
                Some(false) => "not enabled",
                None => "unknown",
            };
            output::line(&format!("{region}  {state}"));
        }
    }
    if managed.json {
        let problem = problem.as_ref().map(event_of);
        output::summary(
            &json!({"event": "summary", "account": id, "regions": regions.len(), "problem": problem}),
        );
    } else if let Some(problem) = &problem {
        output::note(&format!("AWS did not say which of them are enabled: {}", problem.message));
    }
    Ok(())
}

async fn remove(managed: &Managed, account: &str, plan: bool) -> Result<(), Failure> {
    let account = managed.stored(account).await?;
    let key = AccountKey { space: account.space, id: account.id.clone() };
    let removal = managed.app.account_removal(key.clone()).await?;
    if !plan {
        managed.app.remove_account(key).await?;
    }
    let AccountRemoval { key, session } = removal;
    let Account { id, name, .. } = &account;
    if managed.json {
        output::summary(&json!({
            "event": "summary", "plan": plan, "account": event(&account),
            "forgets": {"key": key, "session": session},
        }));
        return Ok(());
    }
    let is = if plan { "would be" } else { "was" };
    output::line(&format!(
        "{name} ({id}) {is} removed here, with what was read of its registries. Nothing in the account changes."
    ));
    if key {
        output::line(&format!("Its access key {is} deleted."));
    }
    if let Some(session) = session {
        output::line(&format!(
            "The sign-in to SSO session {session} {is} forgotten: no other account uses it."
        ));
    }
    Ok(())
}

pub(super) fn show(account: &Account, as_json: bool) {
    if as_json {
        output::json(&event(account));
        return;
    }
    let Account { id, name, regions, principal, hosts, problem, .. } = account;
    let environment = environment(account.environment);
    output::line(&format!(
        "{id}  {name}  {environment}  {}  {}",
        source(&account.credentials),
        regions.join(" ")
    ));
    let others = other_roles(account);
    if !others.is_empty() {
        output::line(&format!("  Other roles: {}", others.join(", ")));
    }
    for (region, vpc) in &hosts.vpc_endpoints {
        output::line(&format!("  VPC endpoint in {region}: {vpc}"));
    }
    if let Some(endpoint) = custom_endpoint(account) {
        output::line(&format!("  Custom endpoint {endpoint}"));
    }
    let kinds = [(hosts.fips, "FIPS"), (hosts.dual_stack, "dual-stack")];
    for (_, kind) in kinds.iter().filter(|(used, _)| *used) {
        output::line(&format!("  {kind} hosts"));
    }
    if let Some(state) = &account.terraform_state {
        output::line(&format!("  Terraform state {state}"));
    }
    match (problem, principal) {
        (Some(problem), _) => {
            output::line(&format!("  {}", problem.message));
            problem.hint.iter().for_each(|hint| output::line(&format!("  {hint}")));
        }
        (None, Some(principal)) => output::line(&format!("  {principal}")),
        (None, None) => {}
    }
}

/// The roles of the person in an account, except the acting one.
fn other_roles(account: &Account) -> Vec<&str> {
    let CredentialSource::Sso { role: acting, .. } = &account.credentials else { return Vec::new() };
    account.roles.iter().map(String::as_str).filter(|role| role != acting).collect()
}

fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Dev => "dev",
        Environment::Staging => "staging",
        Environment::Production => "production",
    }
}

fn source(source: &CredentialSource) -> String {
    match source {
        CredentialSource::Sandbox => "sandbox".into(),
        CredentialSource::Keychain => "key in the keychain".into(),
        CredentialSource::Memory => "key for one session".into(),
        CredentialSource::Environment => "environment".into(),
        CredentialSource::Profile { profile } => format!("profile {profile}"),
        CredentialSource::Sso { session, role, .. } => format!("{role} of SSO session {session}"),
        CredentialSource::Role { role_arn, via, .. } => format!("{role_arn} via {via}"),
    }
}

/// An account as an event.
pub(super) fn event(account: &Account) -> Value {
    let mut event = json!({
        "event": "account", "space": account.space, "id": account.id, "name": account.name,
        "environment": environment(account.environment), "regions": account.regions,
        "endpoint": account.endpoint, "fips": account.hosts.fips, "dual_stack": account.hosts.dual_stack,
        "vpc_endpoints": account.hosts.vpc_endpoints, "terraform_state": account.terraform_state,
        "principal": account.principal,
        "state": if account.problem.is_some() { "failed" } else { "ok" },
        "problem": account.problem.as_ref().map(event_of),
    });
    match &account.credentials {
        CredentialSource::Sandbox => event["credentials"] = "sandbox".into(),
        CredentialSource::Keychain => event["credentials"] = "keychain".into(),
        CredentialSource::Memory => event["credentials"] = "memory".into(),
        CredentialSource::Environment => event["credentials"] = "environment".into(),
        CredentialSource::Profile { profile } => {
            event["credentials"] = "profile".into();
            event["profile"] = profile.as_str().into();
        }
        CredentialSource::Sso { session, role, .. } => {
            event["credentials"] = "sso".into();
            event["session"] = session.as_str().into();
            event["role"] = role.as_str().into();
            event["roles"] = account.roles.clone().into();
        }
        CredentialSource::Role { role_arn, via, .. } => {
            event["credentials"] = "role".into();
            event["role_arn"] = role_arn.as_str().into();
            event["via"] = via.as_str().into();
        }
    }
    event
}
