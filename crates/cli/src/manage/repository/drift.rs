//! `longshore repository drift`

use longshore_app::api::{DriftCell, DriftState, GetDrift, PlanRequest, RegistryKey, RepositorySetting};
use serde_json::json;

use super::{arguments, look, places, unreadable};
use crate::{
    failure::{Failure, event_of},
    manage::{
        changes::{carry_out, end},
        open::Managed,
    },
    output,
};

const ALL: [RepositorySetting; 5] = [
    RepositorySetting::TagMutability,
    RepositorySetting::ScanOnPush,
    RepositorySetting::LifecyclePolicy,
    RepositorySetting::RepositoryPolicy,
    RepositorySetting::Encryption,
];

/// The name of a setting for programs.
pub(super) fn word(setting: RepositorySetting) -> &'static str {
    match setting {
        RepositorySetting::TagMutability => "tag_mutability",
        RepositorySetting::ScanOnPush => "scan_on_push",
        RepositorySetting::LifecyclePolicy => "lifecycle_policy",
        RepositorySetting::RepositoryPolicy => "repository_policy",
        RepositorySetting::Encryption => "encryption",
    }
}

/// Compares settings, and makes them equal if that is asked for. Ends with 3 if they differ.
pub(super) async fn run(managed: &Managed, options: arguments::Drift) -> Result<(), Failure> {
    let reference = managed.registry(&options.reference).await?;
    let mut with = places(managed, &options.with).await?;
    with.retain(|place| *place != reference);
    let settings: Vec<RepositorySetting> = match options.settings.as_slice() {
        [] => ALL.to_vec(),
        some => some.iter().map(|&name| name.into()).collect(),
    };
    if options.make_equal {
        let request = PlanRequest::MakeAllEqual {
            reference: reference.clone(),
            repositories: options.repositories,
            with,
            settings,
            create: options.create,
        };
        let place = json!({"account": reference.account, "region": reference.region});
        let made = carry_out(managed, request, &options.change, true).await?;
        return end(managed, &options.change, made, place);
    }
    let all: Vec<RegistryKey> = [reference.clone()].into_iter().chain(with.iter().cloned()).collect();
    for (registry, looked) in look(managed, &all, true, false).await {
        match looked {
            Err(problem) => unreadable(managed, &registry, &problem),
            Ok(looked) => {
                looked.problem.iter().for_each(|problem| unreadable(managed, &registry, problem));
            }
        }
    }
    let found = managed.app.drift(GetDrift { reference: reference.clone(), with }).await?;
    let wanted = |cell: &DriftCell| {
        let mut settings: Vec<_> = cell.settings.clone();
        settings.retain(|setting| settings_are(&options.settings, *setting));
        settings
    };
    let (mut different, mut missing, mut extra, mut unread) = (0_u32, 0_u32, 0_u32, 0_u32);
    for row in &found.rows {
        if !options.repositories.is_empty() && !options.repositories.contains(&row.name) {
            continue;
        }
        for (place, cell) in found.places.iter().zip(&row.cells).skip(1) {
            let settings = wanted(cell);
            let state = match cell.state {
                DriftState::Same | DriftState::Absent => continue,
                DriftState::Different if settings.is_empty() => continue,
                DriftState::Different => {
                    different += 1;
                    "different"
                }
                DriftState::Missing => {
                    missing += 1;
                    "missing"
                }
                DriftState::Extra => {
                    extra += 1;
                    "extra"
                }
                DriftState::Unread => {
                    unread += 1;
                    "unread"
                }
            };
            report(managed, &place.registry, &row.name, state, &settings);
        }
    }
    for place in &found.places {
        if managed.json {
            output::json(&json!({
                "event": "registry", "account": place.registry.account, "region": place.registry.region,
                "repositories": place.repositories, "different": place.different, "missing": place.missing,
                "extra": place.extra, "unread": place.unread, "read_at": place.as_of,
                "problem": place.problem.as_ref().map(event_of),
            }));
        }
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": reference.account, "region": reference.region,
            "registries": found.places.len().saturating_sub(1), "repositories": found.rows.len(),
            "different": different, "missing": missing, "extra": extra, "unread": unread,
        }));
    } else {
        output::line(&format!(
            "{different} differ, {missing} missing, {extra} extra, {unread} not read, in {} registries.",
            found.places.len().saturating_sub(1)
        ));
    }
    match different + missing + extra + unread {
        0 => Ok(()),
        _ => Err(Failure::Incomplete("Settings differ.".into())),
    }
}

fn settings_are(chosen: &[arguments::SettingName], setting: RepositorySetting) -> bool {
    chosen.is_empty() || chosen.iter().any(|&name| RepositorySetting::from(name) == setting)
}

fn report(
    managed: &Managed,
    registry: &RegistryKey,
    name: &str,
    state: &str,
    settings: &[RepositorySetting],
) {
    let words: Vec<&str> = settings.iter().map(|&setting| word(setting)).collect();
    if managed.json {
        output::json(&json!({
            "event": "difference", "account": registry.account, "region": registry.region, "repository": name,
            "state": state, "settings": words,
        }));
        return;
    }
    let which = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
    output::line(&format!("{}/{}/{name}  {state}{which}", registry.account, registry.region));
}
