//! `longshore guard …`

use longshore_app::api::{
    Account, AccountKey, ApiError, GrantPermit, Guard, GuardedAccount, Permit, PermitKey, SetGuard, Side,
    UnlockAccount,
};
use serde_json::{Value, json};

use super::{
    arguments::{self, GuardCommand, OnOff},
    open::Managed,
};
use crate::{failure::Failure, output, rule};

/// Runs a command about what protects production.
pub(crate) async fn run(options: arguments::Guard) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| {
            let guard = match command {
                GuardCommand::Show => managed.app.guard().await?,
                GuardCommand::ReadOnly { state } => read_only(managed, state).await?,
                GuardCommand::Unlock { account, time, confirm } => {
                    let Account { space, id, name, .. } = managed.stored(&account).await?;
                    let minutes = u32::try_from(time.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
                    let confirm = confirm.unwrap_or_default();
                    let request = UnlockAccount { space, id, confirm, minutes };
                    managed.app.unlock_account(request).await.map_err(|error| confirmed(error, &name))?
                }
                GuardCommand::Lock { account } => {
                    let Account { space, id, .. } = managed.stored(&account).await?;
                    managed.app.lock_account(AccountKey { space, id }).await?
                }
                GuardCommand::Permit(options) => permit(managed, options).await?,
                GuardCommand::Revoke { permit } => {
                    let id = named(&managed.app.guard().await?, &permit)?;
                    managed.app.revoke_permit(PermitKey { id }).await?
                }
            };
            show(managed, &guard);
            Ok(())
        })
        .await
}

async fn read_only(managed: &Managed, state: OnOff) -> Result<Guard, ApiError> {
    let read_only = Some(matches!(state, OnOff::On));
    managed.app.set_guard(SetGuard { read_only, sandbox: None }).await
}

async fn permit(managed: &Managed, options: arguments::Permit) -> Result<Guard, Failure> {
    let registry = managed.registry(&options.to).await?;
    let rules = rule::read(&options.file, managed.json)?.only(std::slice::from_ref(&options.rule))?;
    let rule = rules.rules.first().ok_or_else(|| Failure::Usage("The file has no rule.".into()))?;
    let name = managed.stored(registry.account.as_str()).await?.name;
    let confirm = options.confirm.unwrap_or_default();
    let request = GrantPermit { rule: String::new(), registry, days: options.days, confirm };
    let granted = managed.app.grant_permit_to(rule.rule(), request).await;
    granted.map_err(|error| confirmed(error, &name).into())
}

/// How a change is confirmed here.
fn confirmed(error: ApiError, name: &str) -> ApiError {
    match error.code.as_str() {
        "confirmation-needed" => error.hint(format!("Pass it with --confirm \"{name}\".")),
        _ => error,
    }
}

/// The id of the one permit whose id begins with `text`.
fn named(guard: &Guard, text: &str) -> Result<String, ApiError> {
    let mut found = guard.permits.iter().filter(|permit| permit.id.starts_with(text));
    match (found.next(), found.next()) {
        (Some(permit), None) if !text.is_empty() => Ok(permit.id.clone()),
        _ => Err(ApiError::new(
            "permit-unknown",
            Side::Input,
            format!("No permit, or more than one, begins with `{text}`."),
        )
        .hint("`longshore guard show` lists the permits.")),
    }
}

fn show(managed: &Managed, guard: &Guard) {
    let accounts = guard.accounts.iter().filter(|account| account.space == managed.space);
    let permits = guard.permits.iter().filter(|permit| permit.registry.space == managed.space);
    if managed.json {
        accounts.for_each(|account| output::json(&account_event(account)));
        permits.for_each(|permit| output::json(&permit_event(permit)));
        output::summary(&json!({
            "event": "summary", "read_only": guard.read_only, "sandbox": guard.sandbox,
        }));
        return;
    }
    if guard.read_only {
        output::line("Read-only mode: nothing is written to any registry.");
    }
    for GuardedAccount { id, name, unlocked_until, .. } in accounts {
        let state = match unlocked_until {
            Some(until) => format!("unlocked until {}", until.format("%Y-%m-%d %H:%M:%S UTC")),
            None => "read-only".to_owned(),
        };
        output::line(&format!("{id}  {name}  {state}"));
    }
    for Permit { id, rule, registry, until, .. } in permits {
        let until = until.format("%Y-%m-%d %H:%M UTC");
        output::line(&format!("{id}  {rule} → {}/{} until {until}", registry.account, registry.region));
    }
}

fn account_event(account: &GuardedAccount) -> Value {
    json!({
        "event": "account", "space": account.space, "id": account.id, "name": account.name,
        "unlocked_until": account.unlocked_until,
    })
}

fn permit_event(permit: &Permit) -> Value {
    json!({
        "event": "permit", "id": permit.id, "rule": permit.rule, "rule_hash": permit.rule_hash,
        "account": permit.registry.account, "region": permit.registry.region,
        "granted": permit.granted, "until": permit.until,
    })
}
