//! Replications that failed and that a plan allows from now on. ECR does not send them again.

use super::Content;
use crate::{
    App,
    api::{ApiError, Unhealed},
};

/// The most that are listed for each destination.
const MOST: usize = 20;
const ACTION: &str = "ecr:ReplicateImage";

/// Lists the failed replications that the policies of the plan newly allow.
pub(crate) async fn look_for_unhealed(app: &App, content: &mut Content) -> Result<(), ApiError> {
    let mut all = Unhealed { listed: Vec::new(), total: 0 };
    for step in &content.steps {
        let Some(here) = step.context.as_ref().map(|context| &context.registry) else { continue };
        let mut newly = step.action.newly_allowed(here);
        newly.retain(|triple| triple.action == ACTION);
        if newly.is_empty() {
            continue;
        }
        let id = here.id();
        let fits = move |account: &_, repository: &_| {
            newly.iter().any(|triple| triple.is_about(account, ACTION, &id, repository))
        };
        let (listed, total) = app.inventory.failed_to(here, MOST, fits).await?;
        all.listed.extend(listed);
        all.total += total;
    }
    content.unhealed = (all.total > 0).then_some(all);
    Ok(())
}
