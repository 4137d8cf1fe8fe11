//! `longshore replication backfill`

use longshore_app::api::{
    ApiError, BackfillStatus, BackfillView, DestinationInput, PlanRequest, RegistryKey, Side,
};
use serde_json::{Value, json};

use super::{
    arguments::{Backfill, Change},
    changes::make,
    open::Managed,
};
use crate::{failure::Failure, output};

/// Starts backfills, and shows those of the registry.
pub(super) async fn run(managed: &Managed, options: Backfill) -> Result<(), Failure> {
    let registry = managed.registry(&options.registry).await?;
    let mut destinations = Vec::new();
    for to in &options.to {
        destinations.push(managed.registry(to).await?);
    }
    if options.engine {
        return with_engine(managed, &registry, &destinations, options.change).await;
    }
    let typed = |key: &RegistryKey| DestinationInput {
        account: key.account.to_string(),
        region: key.region.to_string(),
    };
    let request = PlanRequest::StartBackfill {
        registry: registry.clone(),
        destinations: destinations.iter().map(typed).collect(),
    };
    let place = json!({"account": registry.account, "region": registry.region});
    make(managed, request, &options.change, |_| place.clone()).await?;
    if !managed.json && !options.change.plan {
        for backfill in managed.app.backfills(registry).await? {
            report(&backfill);
        }
    }
    Ok(())
}

/// Runs the native rules to these destinations as rules of the engine, which copies what is missing.
async fn with_engine(
    managed: &Managed,
    registry: &RegistryKey,
    destinations: &[RegistryKey],
    change: Change,
) -> Result<(), Failure> {
    let view = managed.asking(async || managed.app.replication(registry.clone()).await).await?;
    let source = managed.app.registry_in_rules(registry).await?;
    let mut rules = Vec::new();
    for (index, rule) in view.rules.iter().enumerate() {
        let mut to: Vec<Value> = Vec::new();
        for destination in rule.destinations.iter().filter(|to| destinations.contains(&to.registry)) {
            to.push(json!({"registry": managed.app.registry_in_rules(&destination.registry).await?}));
        }
        if to.is_empty() {
            continue;
        }
        let all = vec![json!({"glob": "**"})];
        let prefixes: Vec<Value> = rule.filters.iter().map(|filter| json!({"prefix": filter})).collect();
        rules.push(json!({
            "name": format!("backfill-{}", index + 1),
            "source": {
                "registry": source, "repositories": if prefixes.is_empty() { all } else { prefixes },
            },
            "destinations": to,
        }));
    }
    if rules.is_empty() {
        let text = format!("No rule of {} replicates to these destinations.", place(registry));
        return Err(ApiError::new("not-a-destination", Side::Input, text)
            .hint("Add a rule first, or write a rule file for `longshore sync`.")
            .into());
    }
    let file = tempfile::Builder::new().prefix("backfill-").suffix(".yaml").tempfile()?;
    std::fs::write(file.path(), json!({"version": 1, "rules": rules}).to_string())?;
    crate::sync::run(managed.sync(file.path().to_owned(), change)).await
}

/// `ACCOUNT/REGION`
fn place(key: &RegistryKey) -> String {
    format!("{}/{}", key.account, key.region)
}

fn report(backfill: &BackfillView) {
    let BackfillView { id, destination, status, total, completed, failed, .. } = backfill;
    let state = match status {
        BackfillStatus::Preparing => "preparing",
        BackfillStatus::InProgress => "in progress",
        BackfillStatus::Complete => "complete",
        BackfillStatus::Failed => "failed",
        BackfillStatus::Stopping => "stopping",
        BackfillStatus::Stopped => "stopped",
    };
    let place = place(destination);
    output::line(&format!("{id}  {place}: {state}, {completed} of {total} complete, {failed} failed"));
}
