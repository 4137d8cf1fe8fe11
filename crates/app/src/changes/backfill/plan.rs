//! Plans that start and stop backfills.

use longshore_policy::replication::ReplicationConfiguration;

use super::perform::{StartBackfill, StopBackfill};
use crate::{
    App,
    api::{ApiError, DestinationInput, RegistryKey, Side},
    errors::name_error,
    plans::{Content, Draft, counted, place},
};

/// The most backfills of a registry at once (ECR's quota).
pub(super) const MOST: usize = 10;

/// Starts a backfill to each destination.
pub(crate) async fn plan_start(
    app: &App,
    registry: &RegistryKey,
    destinations: &[DestinationInput],
) -> Result<Content, ApiError> {
    let (connection, context) = app.place(registry).await?;
    let configuration = ReplicationConfiguration::from_value(app.read_replication(registry).await?)?;
    let active = connection.client.backfills().await?;
    let running: Vec<_> = active.iter().filter(|known| known.state.is_active()).collect();
    let mut regions = std::collections::BTreeSet::new();
    let mut draft =
        Draft::new(registry.space, format!("Bring over existing images of {}", app.accounts.label(registry)));
    let all = configuration.rules();
    app.read_aged(registry, |name| all.iter().any(|rule| rule.takes(name))).await;
    let rows = app.inventory.repositories_of(registry).await?;
    for (index, typed) in destinations.iter().enumerate() {
        let account = longshore_names::AccountId::for_input(&typed.account)
            .map_err(name_error(format!("destinations[{index}].account")))?;
        let region = longshore_names::Region::for_input(&typed.region)
            .map_err(name_error(format!("destinations[{index}].region")))?;
        let destination = longshore_names::RegistryId::new(account, region);
        let there = place(app, &RegistryKey::of(registry.space, &destination));
        let rules: Vec<_> = all.iter().filter(|rule| rule.destinations.contains(&destination)).collect();
        if rules.is_empty() {
            let text = format!("No rule of {} replicates to {there}.", place(app, registry));
            return Err(ApiError::input("not-a-destination", format!("destinations[{index}]"), text)
                .hint("Add a rule first: ECR brings over only images that a rule takes."));
        }
        let one_each = "Wait until it ends, or stop it: ECR runs one for each Region.";
        if running.iter().any(|known| known.destination.region == destination.region) {
            let text = format!("A backfill to {} is in progress.", destination.region);
            draft.error("backfill-in-progress", text, one_each);
        } else if !regions.insert(destination.region.clone()) {
            let text = format!("Two backfills to {} were asked for at once.", destination.region);
            draft.error(
                "backfill-in-progress",
                text,
                "Start the second when the first has ended: ECR runs one for each Region.",
            );
        }
        let taken = rows
            .iter()
            .filter(|row| row.name.parse().is_ok_and(|name| rules.iter().any(|rule| rule.takes(&name))));
        let (repositories, images) = taken.fold((0, 0), |(count, images), row| {
            (count + 1, images + row.images.map_or(0, |images| images as usize))
        });
        let reason = format!(
            "ECR replicates all images that its rules take: {} as far as they are known, in {repositories} of its repositories. Each tag counts.",
            counted(images, "image"),
        );
        draft.step(
            &context,
            format!("Start a backfill to {there}"),
            Some(reason),
            StartBackfill { destination },
        );
    }
    if running.len() + destinations.len() > MOST {
        let text = format!("{} backfills are in progress; ECR allows {MOST} for a registry.", running.len());
        draft.error("too-many-backfills", text, "Wait until some of them have ended.");
    }
    draft.content.stays.push("images that are there already".into());
    Ok(draft.content)
}

/// Stops a backfill.
pub(crate) async fn plan_stop(app: &App, registry: &RegistryKey, id: &str) -> Result<Content, ApiError> {
    let (connection, context) = app.place(registry).await?;
    let known = connection.client.backfills().await?.into_iter().find(|known| known.id == id);
    let known = known.ok_or_else(|| {
        ApiError::new("backfill-not-found", Side::Input, "The registry has no such backfill.")
    })?;
    let mut draft =
        Draft::new(registry.space, format!("Stop a backfill of {}", app.accounts.label(registry)));
    if !known.state.is_active() {
        draft.note("nothing-to-do", "This backfill has ended.");
    }
    let there = place(app, &RegistryKey::of(registry.space, &known.destination));
    draft.step(&context, format!("Stop the backfill to {there}"), None, StopBackfill { id: id.to_owned() });
    draft.content.stays.push("images that it has replicated".into());
    Ok(draft.content)
}
