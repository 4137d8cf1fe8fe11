//! The effect of lifecycle policies after a plan has run, for the person who confirms it.

use longshore_engine::{Expiring, Expiry, RepositoryExpiry};
use longshore_names::ForeignText;
use longshore_policy::lifecycle::Action;

use super::{Draft, counted};
use crate::api::{PlanExpiring, PlanExpiry};

/// Maximum number of rows for a window.
const MOST_ROWS: usize = 200;
/// Maximum number of repositories that findings name, of each kind.
const MOST_FINDINGS: usize = 20;

impl Draft {
    /// Lists what would expire at the destination `at`, reports what is unknown, and asks for
    /// agreement unless it was `accepted` before.
    pub(crate) fn expiry(&mut self, at: &str, expiry: &Expiry, accepted: bool) {
        self.unknown(at, expiry);
        self.untagged(at, expiry);
        let (total, incoming) = (expiry.total(), expiry.incoming());
        if total == 0 {
            return;
        }
        let plan = self.content.expiry.get_or_insert_with(|| PlanExpiry {
            acknowledge: Vec::new(),
            total: 0,
            incoming: 0,
            rows: Vec::new(),
        });
        if !accepted {
            plan.acknowledge.push(sentence(at, total, incoming));
        }
        plan.total = plan.total.saturating_add(number(total));
        plan.incoming = plan.incoming.saturating_add(number(incoming));
        let rows = expiry.repositories.iter().flat_map(|of| of.images.iter().map(|image| row(at, of, image)));
        plan.rows.extend(rows);
        plan.rows.sort_by_key(|row| !row.incoming);
        plan.rows.truncate(MOST_ROWS);
    }

    fn unknown(&mut self, at: &str, expiry: &Expiry) {
        let unknown = expiry.repositories.iter().filter_map(|of| Some((of, of.unknown.as_ref()?)));
        for (of, failure) in unknown.clone().take(MOST_FINDINGS) {
            let text = format!(
                "The effect of the lifecycle policy of `{}` at {at} is unknown: {}",
                of.repository, failure.message
            );
            self.warning("lifecycle-unknown", text, Some(&failure.hint));
        }
        let more = unknown.count().saturating_sub(MOST_FINDINGS);
        if more > 0 {
            let policies = match more {
                1 => "policy of 1 more repository".to_owned(),
                more => format!("policies of {more} more repositories"),
            };
            let text = format!("The effect of the lifecycle {policies} at {at} is also unknown.");
            self.warning("lifecycle-unknown", text, None);
        }
    }

    fn untagged(&mut self, at: &str, expiry: &Expiry) {
        for of in expiry.repositories.iter().filter(|of| of.untagged > 0).take(MOST_FINDINGS) {
            let text = format!(
                "The lifecycle policy of `{}` at {at} selects {} regardless of this plan; those that an index lists stay.",
                of.repository,
                counted(of.untagged, "untagged image")
            );
            self.note("lifecycle-untagged", text);
        }
    }
}

fn sentence(at: &str, total: usize, incoming: usize) -> String {
    let images = counted(total, "image");
    match incoming {
        0 => format!("After this plan, lifecycle policies of {at} will expire {images}."),
        _ if incoming == total => {
            format!("After this plan, lifecycle policies of {at} will expire {images} that it copies.")
        }
        _ => format!(
            "After this plan, lifecycle policies of {at} will expire {images}, {incoming} of them just copied."
        ),
    }
}

fn row(at: &str, of: &RepositoryExpiry, image: &Expiring) -> PlanExpiring {
    let reason = match &image.subject {
        Some(subject) => format!("It refers to {}, which expires.", subject.short()),
        None => image.reason.clone(),
    };
    PlanExpiring {
        at: at.to_owned(),
        repository: of.repository.to_string(),
        digest: image.digest.to_string(),
        tags: image.tags.iter().map(ToString::to_string).collect(),
        more_tags: number(image.more_tags),
        incoming: image.incoming,
        archived: image.action == Action::Archive,
        anyway: image.anyway,
        rule: image.rule,
        reason: ForeignText::new(reason).into(),
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
