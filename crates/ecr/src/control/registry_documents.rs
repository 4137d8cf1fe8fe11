//! What else a registry is set to, in the shape of the requests that write it: pull-through cache rules, scanning,
//! signing, and the principals whose pulls are not recorded.

use serde_json::{Value, json};

use crate::{EcrClient, EcrError, Page};

/// The largest page of pull-through cache rules and of exclusions.
const PAGE: i32 = 100;

impl EcrClient {
    /// The pull-through cache rules, as `CreatePullThroughCacheRule` takes them.
    ///
    /// # Errors
    /// [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry), and as `DescribePullThroughCacheRules`.
    pub async fn pull_through_cache_rules(&self) -> Result<Vec<Value>, EcrError> {
        self.own_registry("DescribePullThroughCacheRules").await?;
        let call = self.call("DescribePullThroughCacheRules", None);
        self.collect(call.clone(), |next| {
            let operation =
                self.ecr().describe_pull_through_cache_rules().max_results(PAGE).set_next_token(next);
            let call = call.clone();
            async move {
                let answer = self.send(call, operation.send()).await?;
                let items = answer.pull_through_cache_rules().iter().map(|rule| {
                    without_null(json!({
                        "ecrRepositoryPrefix": rule.ecr_repository_prefix(),
                        "upstreamRegistryUrl": rule.upstream_registry_url(),
                        "upstreamRegistry": rule.upstream_registry().map(|one| one.as_str()),
                        "credentialArn": rule.credential_arn(),
                        "customRoleArn": rule.custom_role_arn(),
                        "upstreamRepositoryPrefix": rule.upstream_repository_prefix(),
                    }))
                });
                Ok(Page { items: items.collect(), next: answer.next_token().map(str::to_owned) })
            }
        })
        .await
    }

    /// How images are scanned, as `PutRegistryScanningConfiguration` takes it.
    ///
    /// # Errors
    /// [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry), and as `GetRegistryScanningConfiguration`.
    pub async fn scanning_configuration(&self) -> Result<Value, EcrError> {
        self.own_registry("GetRegistryScanningConfiguration").await?;
        let call = self.call("GetRegistryScanningConfiguration", None);
        let answer = self.send(call, self.ecr().get_registry_scanning_configuration().send()).await?;
        let found = answer.scanning_configuration();
        let rules = found.map(|found| found.rules()).unwrap_or_default().iter().map(|rule| {
            let filters = rule.repository_filters().iter();
            let filters = filters
                .map(|one| json!({ "filter": one.filter(), "filterType": one.filter_type().as_str() }));
            json!({
                "scanFrequency": rule.scan_frequency().as_str(),
                "repositoryFilters": filters.collect::<Vec<_>>(),
            })
        });
        let scan_type = found.and_then(|found| found.scan_type()).map_or("BASIC", |one| one.as_str());
        Ok(json!({ "scanType": scan_type, "rules": rules.collect::<Vec<_>>() }))
    }

    /// How images are signed, as `PutSigningConfiguration` takes it; `None` if there is no configuration.
    ///
    /// # Errors
    /// [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry), and as `GetSigningConfiguration`.
    pub async fn signing_configuration(&self) -> Result<Option<Value>, EcrError> {
        self.own_registry("GetSigningConfiguration").await?;
        let call = self.call("GetSigningConfiguration", None);
        let answer = match self.send(call, self.ecr().get_signing_configuration().send()).await {
            Err(error) if error.code() == "signing-not-configured" => return Ok(None),
            answer => answer?,
        };
        let Some(found) = answer.signing_configuration() else { return Ok(None) };
        let rules = found.rules().iter().map(|rule| {
            let filters = rule.repository_filters().iter();
            let filters: Vec<Value> = filters
                .map(|one| json!({ "filter": one.filter(), "filterType": one.filter_type().as_str() }))
                .collect();
            let filters = if filters.is_empty() { Value::Null } else { filters.into() };
            without_null(
                json!({ "signingProfileArn": rule.signing_profile_arn(), "repositoryFilters": filters }),
            )
        });
        Ok(Some(json!({ "rules": rules.collect::<Vec<_>>() })))
    }

    /// The ARNs of the users and roles whose pulls are not recorded.
    ///
    /// # Errors
    /// [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry), and as `ListPullTimeUpdateExclusions`.
    pub async fn pull_time_exclusions(&self) -> Result<Vec<String>, EcrError> {
        self.own_registry("ListPullTimeUpdateExclusions").await?;
        let call = self.call("ListPullTimeUpdateExclusions", None);
        self.collect(call.clone(), |next| {
            let operation =
                self.ecr().list_pull_time_update_exclusions().max_results(PAGE).set_next_token(next);
            let call = call.clone();
            async move {
                let answer = self.send(call, operation.send()).await?;
                Ok(Page {
                    items: answer.pull_time_update_exclusions().to_vec(),
                    next: answer.next_token().map(str::to_owned),
                })
            }
        })
        .await
    }
}

fn without_null(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    value
}
