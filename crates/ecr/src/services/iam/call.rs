//! Requests to IAM: single ones, reads that are repeated, and lists.

use tokio::time::sleep;
use url::Url;

use crate::{
    EcrError, EcrErrorKind, WriteTiming,
    client::{query_call::QueryCall, xml::Node},
    control::write::wait,
    services::{Services, hosts},
};

/// Pages of a list; IAM's largest quotas need a tenth of them.
const MOST_PAGES: usize = 200;
/// Items that are asked for at once. A page of roles has their trust policies, so it stays below the largest
/// answer that is read.
const PAGE: &str = "300";
/// Tries of a read.
const TRIES: u32 = 5;

pub(super) type Input = Vec<(String, String)>;

/// Parameters of an operation.
pub(super) fn input<const N: usize>(parameters: [(&str, &str); N]) -> Input {
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Services {
    /// Sends one request; returns the content of its `…Result` element.
    pub(super) async fn iam(&self, operation: &'static str, input: Input) -> Result<Node, EcrError> {
        let (endpoint, region) = self.iam_address(operation)?;
        let call = self.iam_call(operation, &endpoint, region, input);
        call.send(&self.credentials, &self.network).await
    }

    /// Sends one request of an operation that answers nothing.
    pub(super) async fn iam_do(&self, operation: &'static str, input: Input) -> Result<(), EcrError> {
        let (endpoint, region) = self.iam_address(operation)?;
        let call = self.iam_call(operation, &endpoint, region, input);
        call.carry_out(&self.credentials, &self.network).await
    }

    /// As [`iam`](Self::iam), repeated while IAM asks to slow down or cannot be reached.
    pub(super) async fn iam_read(&self, operation: &'static str, input: Input) -> Result<Node, EcrError> {
        let mut tries = 0;
        loop {
            let error = match self.iam(operation, input.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            tries += 1;
            if tries == TRIES || !error.is_retryable() {
                return Err(error);
            }
            sleep(wait(&WriteTiming::default(), tries)).await;
        }
    }

    /// As [`iam_read`](Self::iam_read); `None` for what does not exist.
    pub(super) async fn iam_find(
        &self,
        operation: &'static str,
        input: Input,
    ) -> Result<Option<Node>, EcrError> {
        absent(self.iam_read(operation, input).await)
    }

    /// Every item of a list, over all its pages.
    pub(super) async fn iam_list<T>(
        &self,
        operation: &'static str,
        input: Input,
        list: &str,
        item: impl Fn(&Node) -> Option<T>,
    ) -> Result<Vec<T>, EcrError> {
        let mut items = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut input = input.clone();
            input.push(("MaxItems".into(), PAGE.into()));
            input.extend(marker.iter().map(|marker| ("Marker".to_owned(), marker.clone())));
            let answer = self.iam_read(operation, input).await?;
            items.extend(answer.members(list).filter_map(&item));
            let next = answer.text_of("Marker").filter(|marker| !marker.is_empty()).map(str::to_owned);
            match next.filter(|_| answer.text_of("IsTruncated") == Some("true")) {
                None => return Ok(items),
                same if same == marker => {
                    return Err(self.protocol(operation, "the list repeats the same page"));
                }
                next => marker = next,
            }
        }
        Err(self.protocol(operation, "the list does not end"))
    }

    /// IAM's address and the Region in signatures: one for a partition, or the account's own endpoint.
    fn iam_address(&self, operation: &'static str) -> Result<(Url, &'static str), EcrError> {
        let (aws, region) = hosts::iam(&self.registry.region, self.hosts);
        let endpoint = self.endpoints.iam.clone().or(aws).ok_or_else(|| self.no_address(operation))?;
        Ok((endpoint, region))
    }

    fn iam_call<'a>(
        &'a self,
        operation: &'static str,
        endpoint: &'a Url,
        region: &'a str,
        input: Input,
    ) -> QueryCall<'a> {
        QueryCall {
            registry: &self.registry,
            service: "iam",
            region,
            endpoint,
            version: "2010-05-08",
            operation,
            input,
        }
    }
}

/// `None` for what does not exist.
pub(super) fn absent<T>(found: Result<T, EcrError>) -> Result<Option<T>, EcrError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether IAM says that something does not exist.
pub(super) fn is_absent(error: &EcrError) -> bool {
    matches!(&error.kind, EcrErrorKind::Exception { exception } if exception.code == "iam-not-found")
}

/// Whether an operation is one of IAM's, by its name: the words of IAM that ECR's operations do not have.
pub(crate) fn is_of_iam(operation: &str) -> bool {
    const WORDS: [&str; 5] = ["User", "Group", "Role", "AccessKey", "EntitiesForPolicy"];
    const OTHERS: [&str; 9] = [
        "ListPolicies",
        "GetPolicy",
        "GetPolicyVersion",
        "ListPolicyVersions",
        "CreatePolicy",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "DeletePolicyVersion",
        "DeletePolicy",
    ];
    let of_sts = operation.starts_with("Assume");
    !of_sts && (OTHERS.contains(&operation) || WORDS.iter().any(|word| operation.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_iam_are_told_from_those_of_other_services() {
        for of_iam in
            ["ListUsers", "AttachGroupPolicy", "UpdateAssumeRolePolicy", "CreateAccessKey", "GetPolicy"]
        {
            assert!(is_of_iam(of_iam), "{of_iam}");
        }
        for other in
            ["AssumeRole", "GetRegistryPolicy", "PutLifecyclePolicy", "DescribeKey", "GetCallerIdentity"]
        {
            assert!(!is_of_iam(other), "{other}");
        }
    }
}
