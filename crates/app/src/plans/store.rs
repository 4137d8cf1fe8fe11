//! Plans that have not been run yet. They stay in memory and expire.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::Plan;

/// How long a plan may be run after it was made.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// More plans than a person has open; the oldest one is dropped.
const MOST: usize = 200;

/// The plans of this process.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    plans: Mutex<HashMap<String, Arc<Plan>>>,
}

impl Plans {
    /// Stores a plan.
    pub(crate) fn put(&self, plan: Plan, now: DateTime<Utc>) -> Arc<Plan> {
        let plan = Arc::new(plan);
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|_, kept| now - kept.at < LIFETIME);
        if plans.len() >= MOST
            && let Some(oldest) = plans.values().min_by_key(|kept| kept.at).map(|kept| kept.id.clone())
        {
            plans.remove(&oldest);
        }
        plans.insert(plan.id.clone(), Arc::clone(&plan));
        plan
    }

    /// A plan that has not expired.
    pub(crate) fn get(&self, id: &str, now: DateTime<Utc>) -> Option<Arc<Plan>> {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.get(id).filter(|kept| now - kept.at < LIFETIME).cloned()
    }

    /// Takes a plan out, so that it runs only once. `None` when another call was faster.
    pub(crate) fn take(&self, id: &str) -> Option<Arc<Plan>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::Space, plans::Content};

    fn plan(id: &str, at: DateTime<Utc>) -> Plan {
        Plan { id: id.into(), at, content: Content::new(Space::Sandbox, "Nothing") }
    }

    #[test]
    fn a_plan_expires_and_is_taken_once() {
        let plans = Plans::default();
        let now = Utc::now();
        plans.put(plan("a", now), now);
        assert!(plans.get("a", now).is_some());
        assert!(plans.get("a", now + LIFETIME).is_none());
        assert!(plans.take("a").is_some());
        assert!(plans.take("a").is_none());
    }

    #[test]
    fn the_oldest_makes_room() {
        let plans = Plans::default();
        let now = Utc::now();
        for index in 0..=MOST {
            let at = now + TimeDelta::milliseconds(i64::try_from(index).unwrap());
            plans.put(plan(&index.to_string(), at), at);
        }
        assert!(plans.get("0", now).is_none());
        assert!(plans.get("1", now).is_some());
    }
}
