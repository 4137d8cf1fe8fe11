//! Counts requests to the API.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextRef},
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// Requests per operation since a client was made, retries and pages included. Clones share one
/// count.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Calls {
    /// Requests per operation, by the operation's AWS name.
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All requests together.
    pub fn total(&self) -> u64 {
        self.snapshot().values().sum()
    }

    /// Requests of one operation.
    pub fn of(&self, operation: &str) -> u64 {
        self.snapshot().get(operation).copied().unwrap_or(0)
    }

    /// Counts the requests of `request` here too. The SDK works inside the task that awaits it, so
    /// the interceptor knows the caller, and counts each attempt.
    pub(crate) async fn scope<T>(&self, request: impl Future<Output = T>) -> T {
        ASKING.scope(self.clone(), request).await
    }

    fn add(&self, operation: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(operation) {
            Some(count) => *count += 1,
            None => {
                counts.insert(operation.to_owned(), 1);
            }
        }
    }
}

tokio::task_local! {
    static ASKING: Calls;
}

/// Sees each request just before it is sent, so that a retry counts too.
#[derive(Debug)]
pub(crate) struct CountCalls(pub(crate) Calls);

impl Intercept for CountCalls {
    fn name(&self) -> &'static str {
        "CountCalls"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map_or("unknown", Metadata::name);
        self.0.add(operation);
        // Outside of a scope there is no other count: that is no failure.
        let _ = ASKING.try_with(|own| own.add(operation));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_count_together() {
        let calls = Calls::default();
        let other = calls.clone();
        calls.add("DescribeImages");
        other.add("DescribeImages");
        other.add("PutImage");
        assert_eq!(calls.of("DescribeImages"), 2);
        assert_eq!(calls.of("ListImages"), 0);
        assert_eq!(calls.total(), 3);
    }
}
