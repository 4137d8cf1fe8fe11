//! What clients changed, in order: who, where, what. Tests compare it with the changes they expect.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use longshore_names::{Digest, RegistryId, RepositoryName, Tag};
use serde_json::{Map, Value};

/// How many writes are kept; the oldest are dropped first.
const KEPT: usize = 20_000;

/// A change that a client made, through either plane. Changes by replication and lifecycle
/// policies do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The operation of the API; a manifest's PUT is a `PutImage`, a blob that was uploaded or mounted
    /// a `CompleteLayerUpload`.
    pub operation: &'static str,
    /// The registry that was changed.
    pub registry: RegistryId,
    /// The repository, where it is about one.
    pub repository: Option<RepositoryName>,
    /// The tag that was put or deleted.
    pub tag: Option<Tag>,
    /// The manifest or blob.
    pub digest: Option<Digest>,
    /// ARN of the caller.
    pub principal: String,
    /// The policy of the registry or repository before and after, of a call that replaced it.
    pub policy: Option<[Option<String>; 2]>,
}

/// The last writes since the sandbox started.
#[derive(Debug, Default)]
pub(crate) struct Writes(Mutex<VecDeque<Written>>);

impl Writes {
    pub(crate) fn note(&self, written: Written) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(written);
    }

    pub(crate) fn all(&self) -> Vec<Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// The writes that a call of the API made, by its input and its output.
pub(crate) fn of_call(
    operation: &'static str,
    own: &RegistryId,
    principal: &str,
    input: &Map<String, Value>,
    output: &Value,
) -> Vec<Written> {
    let reads = ["Batch", "Describe", "Get", "List", "Initiate", "UploadLayerPart"];
    if operation != "BatchDeleteImage" && reads.iter().any(|read| operation.starts_with(read)) {
        return Vec::new();
    }
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let given = |key: &str| input.get(key).and_then(Value::as_str).map(str::to_owned);
    let account = given("registryId").and_then(|account| account.parse().ok());
    let one = |tag: Option<String>, digest: Option<String>| Written {
        operation,
        registry: RegistryId::new(account.clone().unwrap_or_else(|| own.account.clone()), own.region.clone()),
        repository: given("repositoryName").and_then(|name| name.parse().ok()),
        tag: tag.and_then(|tag| tag.parse().ok()),
        digest: digest.and_then(|digest| digest.parse().ok()),
        principal: principal.to_owned(),
        policy: None,
    };
    match operation {
        "BatchDeleteImage" => {
            let ids = output.get("imageIds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            ids.iter().map(|id| one(text(id, "imageTag"), text(id, "imageDigest"))).collect()
        }
        "PutImage" => {
            let digest = output.pointer("/image/imageId/imageDigest").and_then(Value::as_str);
            vec![one(given("imageTag"), digest.map(str::to_owned))]
        }
        "CompleteLayerUpload" => vec![one(None, text(output, "layerDigest"))],
        _ => vec![one(None, None)],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_reads_is_no_write_and_a_deletion_is_one_for_each_image() {
        let own = RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap());
        let input = json!({"repositoryName": "app", "imageTag": "1"}).as_object().cloned().unwrap();
        for operation in
            ["BatchGetImage", "BatchCheckLayerAvailability", "DescribeImages", "InitiateLayerUpload"]
        {
            assert_eq!(of_call(operation, &own, "me", &input, &json!({})), [], "{operation}");
        }
        let deleted = json!({"imageIds": [{"imageTag": "1"}, {"imageTag": "2"}]});
        let tags: Vec<_> = of_call("BatchDeleteImage", &own, "me", &input, &deleted)
            .into_iter()
            .map(|written| written.tag.unwrap().to_string())
            .collect();
        assert_eq!(tags, ["1", "2"]);
        assert_eq!(of_call("PutReplicationConfiguration", &own, "me", &Map::new(), &json!({})).len(), 1);
    }
}
