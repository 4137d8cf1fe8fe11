//! `longshore repository …`

pub(crate) mod arguments;
mod create;
mod drift;
mod list;
mod pair;

use futures::{StreamExt, stream};
use longshore_app::api::{
    ApiError, CompareSettings, LookAt, LookedAt, PlanRequest, RegistryKey, RepositoryKey, SettingValue,
};
use serde_json::{Value, json};

use self::arguments::{Repository, RepositoryCommand};
use super::{
    arguments::Change,
    changes::make,
    clean::{clean, protect},
    open::Managed,
};
use crate::{
    failure::{Failure, event_of},
    output,
};

/// Registries that are read concurrently.
const AT_ONCE: usize = 8;

/// Runs a command about repositories.
pub(crate) async fn run(options: Repository) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| match options.command {
            RepositoryCommand::Clean(options) => clean(managed, *options).await,
            RepositoryCommand::Protect(options) => protect(managed, options).await,
            RepositoryCommand::List { places, text } => list::run(managed, &places, &text).await,
            RepositoryCommand::Create(create) => create::run(managed, *create).await,
            RepositoryCommand::Delete { repository, with_images, change } => {
                delete(managed, &repository, with_images, &change).await
            }
            RepositoryCommand::Settings { repository, with } => settings(managed, &repository, &with).await,
            RepositoryCommand::Drift(options) => drift::run(managed, options).await,
            RepositoryCommand::Compare(options) => pair::compare(managed, options).await,
            RepositoryCommand::Failover(options) => pair::failover(managed, options).await,
        })
        .await
}

async fn delete(managed: &Managed, text: &str, with_images: bool, change: &Change) -> Result<(), Failure> {
    let repository = key(managed, text).await?;
    let place = json!({
        "account": repository.registry.account, "region": repository.registry.region,
        "repository": repository.repository,
    });
    make(managed, PlanRequest::DeleteRepository { repository, with_images }, change, |_| place.clone()).await
}

/// Shows settings, and ends with 3 if a namesake differs.
async fn settings(managed: &Managed, text: &str, with: &[String]) -> Result<(), Failure> {
    let repository = key(managed, text).await?;
    let mut others = Vec::new();
    for place in with {
        others.push(managed.registry(place).await?);
    }
    let request = CompareSettings { repository: repository.clone(), with: others };
    let found = managed.asking(async || managed.app.compare_settings(request.clone()).await).await?;
    let at = |registry: &RegistryKey, settings: &[SettingValue], different: &Value| {
        if managed.json {
            let mut event = json!({
                "event": "settings", "account": registry.account, "region": registry.region,
                "repository": repository.repository, "different": different,
            });
            settings.iter().for_each(|one| event[word(one)] = one.text.as_str().into());
            output::json(&event);
        } else {
            output::line(&format!("{}/{}/{}", registry.account, registry.region, repository.repository));
            settings.iter().for_each(|one| output::line(&format!("  {}: {}", word(one), one.text)));
        }
    };
    at(&repository.registry, &found.settings, &json!([]));
    let (mut differ, mut missing, mut unread) = (0_u32, 0_u32, 0_u32);
    for other in &found.others {
        let place = format!("{}/{}", other.registry.account, other.registry.region);
        match (&other.settings, &other.problem) {
            (Some(settings), _) => {
                differ += u32::from(!other.different.is_empty());
                at(&other.registry, settings, &json!(other.different));
            }
            (None, Some(problem)) => {
                unread += 1;
                unreadable(managed, &other.registry, problem);
            }
            (None, None) => {
                missing += 1;
                if !managed.json {
                    output::line(&format!("{place}: no such repository"));
                }
            }
        }
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": repository.registry.account, "region": repository.registry.region,
            "repository": repository.repository, "different": differ, "missing": missing, "unread": unread,
        }));
    }
    match differ + missing + unread {
        0 => Ok(()),
        _ => Err(Failure::Incomplete("Not every namesake has the same settings.".into())),
    }
}

/// The name of a setting for programs.
fn word(of: &SettingValue) -> &'static str {
    drift::word(of.setting)
}

/// A repository by `ACCOUNT/REGION/NAME`.
async fn key(managed: &Managed, text: &str) -> Result<RepositoryKey, Failure> {
    let unlike = || {
        Failure::Usage(format!(
            "`{text}` is not ACCOUNT/REGION/NAME, such as 111122223333/us-west-2/team/app."
        ))
    };
    let mut parts = text.splitn(3, '/');
    let (Some(account), Some(region), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(unlike());
    };
    if name.is_empty() {
        return Err(unlike());
    }
    let registry = managed.registry(&format!("{account}/{region}")).await?;
    Ok(RepositoryKey { registry, repository: name.to_owned() })
}

/// The registries of places; without any, those of every connected account.
pub(super) async fn places(managed: &Managed, texts: &[String]) -> Result<Vec<RegistryKey>, Failure> {
    let mut found = Vec::new();
    let mut add = |registry: RegistryKey| {
        if !found.contains(&registry) {
            found.push(registry);
        }
    };
    let of_account = |account: &longshore_app::api::Account| {
        managed.name_endpoint(account);
        account
            .regions
            .iter()
            .map(|region| {
                let (account, region) = (account.id.parse(), region.parse());
                Ok(RegistryKey {
                    space: managed.space,
                    account: account.map_err(ApiError::from)?,
                    region: region.map_err(ApiError::from)?,
                })
            })
            .collect::<Result<Vec<_>, ApiError>>()
    };
    if texts.is_empty() {
        for account in managed.app.accounts_in(managed.space).await? {
            of_account(&account)?.into_iter().for_each(&mut add);
        }
    }
    for text in texts {
        match text.contains('/') {
            true => add(managed.registry(text).await?),
            false => of_account(&managed.find(text).await?)?.into_iter().for_each(&mut add),
        }
    }
    Ok(found)
}

/// Reads registries now. Those that cannot be read are named.
pub(super) async fn look(
    managed: &Managed,
    places: &[RegistryKey],
    policies: bool,
    images: bool,
) -> Vec<(RegistryKey, Result<LookedAt, ApiError>)> {
    stream::iter(places.iter().cloned())
        .map(|registry| async move {
            let request = LookAt { registry: registry.clone(), policies, images };
            let done = managed.asking(async || managed.app.look_at_registry(request.clone()).await).await;
            (registry, done)
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// Says that a registry cannot be read.
pub(super) fn unreadable(managed: &Managed, registry: &RegistryKey, problem: &ApiError) {
    if managed.json {
        output::json(&json!({
            "event": "problem", "account": registry.account, "region": registry.region,
            "error": event_of(problem),
        }));
    } else {
        output::note(&format!("{}/{}: {}", registry.account, registry.region, problem.message));
    }
}
