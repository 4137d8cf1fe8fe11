//! Requests per second, as ECR allows them per account, Region and operation.

use std::{collections::HashMap, sync::Mutex};

use chrono::{DateTime, Utc};
use longshore_names::RegistryId;

/// Rates of the General Reference, "Amazon ECR endpoints and quotas", in requests per second.
/// Operations that it does not list get the last value; AWS does not publish theirs.
fn rate(operation: &str) -> f64 {
    match operation {
        "PutImage" => 10.0,
        "InitiateLayerUpload" | "CompleteLayerUpload" => 100.0,
        "UploadLayerPart" | "GetAuthorizationToken" => 500.0,
        "BatchCheckLayerAvailability" => 1000.0,
        "BatchGetImage" => 2000.0,
        "GetDownloadUrlForLayer" => 3000.0,
        _ => 100.0,
    }
}

/// One bucket per registry and operation; each holds one second's worth and refills steadily.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: Mutex<HashMap<(RegistryId, &'static str), Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: DateTime<Utc>,
}

impl Throttle {
    /// Takes one request out of the bucket; `false` means that there was none left.
    pub(crate) fn admit(&self, registry: &RegistryId, operation: &'static str, now: DateTime<Utc>) -> bool {
        let rate = rate(operation);
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bucket =
            buckets.entry((registry.clone(), operation)).or_insert(Bucket { tokens: rate, filled: now });
        let passed = (now - bucket.filled).num_microseconds().unwrap_or(i64::MAX).max(0) as f64 / 1e6;
        bucket.tokens = (bucket.tokens + passed * rate).min(rate);
        bucket.filled = bucket.filled.max(now);
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn registry(region: &str) -> RegistryId {
        RegistryId::new("111122223333".parse().unwrap(), region.parse().unwrap())
    }

    #[test]
    fn ten_manifests_a_second_and_no_more() {
        let throttle = Throttle::default();
        let start = DateTime::UNIX_EPOCH;
        let west = registry("us-west-2");
        let admitted = (0..20).filter(|_| throttle.admit(&west, "PutImage", start)).count();
        assert_eq!(admitted, 10);
        assert!(throttle.admit(&registry("us-east-2"), "PutImage", start), "another Region has its own rate");
        assert!(throttle.admit(&west, "BatchGetImage", start), "another operation has its own rate");
        assert!(!throttle.admit(&west, "PutImage", start + TimeDelta::milliseconds(99)));
        assert!(throttle.admit(&west, "PutImage", start + TimeDelta::milliseconds(200)));
        let later = start + TimeDelta::hours(1);
        assert_eq!((0..20).filter(|_| throttle.admit(&west, "PutImage", later)).count(), 10);
    }
}
