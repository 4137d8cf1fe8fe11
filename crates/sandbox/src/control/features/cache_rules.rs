//! The operations on pull-through cache rules.
//!
//! Rules are stored and checked. Nothing is pulled through them: the sandbox reaches no other registry.

use serde_json::{Map, Value, json};

use crate::{
    control::wire::{
        call::{Call, Refused},
        constraints::{count, length, one_of, parse_account},
        endpoint::timestamp,
        error::{ApiError, ApiResult},
        members::Members,
        page::Page,
    },
    state::CacheRule,
};

/// Pull-through cache rules of a registry (service quota).
const MOST: usize = 50;
/// Addresses of upstream registries, and whether a rule for one needs credentials (User Guide,
/// "pull-through-cache-creating-rule").
const UPSTREAMS: [(&str, &str, bool); 7] = [
    ("ecr-public", "public.ecr.aws", false),
    ("k8s", "registry.k8s.io", false),
    ("quay", "quay.io", false),
    ("docker-hub", "registry-1.docker.io", true),
    ("github-container-registry", "ghcr.io", true),
    ("gitlab-container-registry", "registry.gitlab.com", true),
    ("chainguard", "cgr.dev", true),
];

pub(in crate::control) async fn create_pull_through_cache_rule(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    own(call, input)?;
    let prefix = prefix(input, "ecrRepositoryPrefix")?.to_owned();
    let url = input.needed_text("upstreamRegistryUrl")?.trim_end_matches('/');
    let url = url.strip_prefix("https://").unwrap_or(url);
    let (upstream, needs_credentials) = upstream(url).ok_or_else(|| {
        let text = format!("The upstream registry '{url}' is not supported");
        ApiError::new("UnsupportedUpstreamRegistryException", text)
    })?;
    if let Some(text) = input.text("upstreamRegistry")? {
        let mut values: Vec<&str> = UPSTREAMS.iter().map(|(name, ..)| *name).collect();
        values.extend(["ecr", "azure-container-registry"]);
        if one_of("upstreamRegistry", text, &values)? != upstream {
            let text = format!("The upstream registry '{text}' does not have the URL '{url}'");
            return Err(ApiError::new("ValidationException", text));
        }
    }
    let (credential_arn, custom_role_arn) = (credential(input)?, role(input)?);
    if needs_credentials && credential_arn.is_none() {
        let text = format!("The upstream registry '{upstream}' requires a credentialArn");
        return Err(ApiError::new("ValidationException", text));
    }
    let upstream_prefix = match input.text("upstreamRepositoryPrefix")? {
        Some(_) => self::prefix(input, "upstreamRepositoryPrefix")?.to_owned(),
        None => "ROOT".to_owned(),
    };
    let rule = CacheRule {
        upstream_url: url.to_owned(),
        upstream: upstream.to_owned(),
        upstream_prefix,
        credential_arn,
        custom_role_arn,
        created_at: call.now,
        updated_at: call.now,
    };
    let (stored, key, account) = (rule.clone(), prefix.clone(), call.registry.id.account.clone());
    call.registry
        .update(move |document| -> Result<(), Refused> {
            if document.cache_rules.contains_key(&key) {
                let text = format!(
                    "A pull through cache rule with ecrRepositoryPrefix '{key}' already exists in the registry with id \
                     '{account}'"
                );
                return Err(ApiError::new("PullThroughCacheRuleAlreadyExistsException", text).into());
            }
            if document.cache_rules.len() >= MOST {
                let text = format!("The registry has the maximum of {MOST} pull through cache rules");
                return Err(ApiError::new("LimitExceededException", text).into());
            }
            document.cache_rules.insert(key, stored);
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(shown(call, &prefix, &rule, &["createdAt", "upstreamRegistry", "upstreamRegistryUrl"]))
}

pub(in crate::control) async fn describe_pull_through_cache_rules(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    own(call, input)?;
    let document = call.registry.document();
    let all = ["createdAt", "updatedAt", "upstreamRegistry", "upstreamRegistryUrl"];
    if let Some(prefixes) = input.texts("ecrRepositoryPrefixes")? {
        count("ecrRepositoryPrefixes", &prefixes, 1, 100)?;
        let mut rules = Vec::new();
        for prefix in prefixes {
            let rule = document.cache_rules.get(prefix).ok_or_else(|| missing(call, prefix))?;
            rules.push(shown(call, prefix, rule, &all));
        }
        return Ok(json!({ "pullThroughCacheRules": rules }));
    }
    let request = [call.operation, &call.registry.id.to_string()];
    let page = Page::read(input, &call.state.signing_key, &request)?;
    let (rules, token) = page.cut(document.cache_rules.iter().collect(), |(prefix, _)| (*prefix).clone());
    let rules: Vec<Value> = rules.into_iter().map(|(prefix, rule)| shown(call, prefix, rule, &all)).collect();
    let mut output = json!({ "pullThroughCacheRules": rules });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}

pub(in crate::control) async fn update_pull_through_cache_rule(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    own(call, input)?;
    let prefix = prefix(input, "ecrRepositoryPrefix")?.to_owned();
    let (credential_arn, custom_role_arn) = (credential(input)?, role(input)?);
    let (key, none, now) = (prefix.clone(), missing(call, &prefix), call.now);
    let rule = call
        .registry
        .update(move |document| -> Result<CacheRule, Refused> {
            let rule = document.cache_rules.get_mut(&key).ok_or(Refused::Api(none))?;
            if credential_arn.is_some() {
                rule.credential_arn = credential_arn;
            }
            if custom_role_arn.is_some() {
                rule.custom_role_arn = custom_role_arn;
            }
            rule.updated_at = now;
            Ok(rule.clone())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(shown(call, &prefix, &rule, &["updatedAt"]))
}

pub(in crate::control) async fn delete_pull_through_cache_rule(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    own(call, input)?;
    let prefix = prefix(input, "ecrRepositoryPrefix")?.to_owned();
    let (key, none) = (prefix.clone(), missing(call, &prefix));
    let rule = call
        .registry
        .update(move |document| -> Result<CacheRule, Refused> {
            document.cache_rules.remove(&key).ok_or(Refused::Api(none))
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(shown(call, &prefix, &rule, &["createdAt", "upstreamRegistryUrl"]))
}

/// The sandbox cannot ask an upstream registry, so no rule is valid, and the response says why.
pub(in crate::control) async fn validate_pull_through_cache_rule(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    own(call, input)?;
    let prefix = prefix(input, "ecrRepositoryPrefix")?;
    let document = call.registry.document();
    let rule = document.cache_rules.get(prefix).ok_or_else(|| missing(call, prefix))?;
    let mut output = shown(call, prefix, rule, &["upstreamRegistryUrl"]);
    output["isValid"] = false.into();
    output["failure"] = "The sandbox does not reach upstream registries.".into();
    Ok(output)
}

/// Rules belong to the caller's own registry.
fn own(call: &Call, input: &Members<'_>) -> ApiResult<()> {
    match input.text("registryId")? {
        Some(text) if parse_account("registryId", text)? != call.registry.id.account => {
            let text =
                "The registry belongs to another account, whose pull through cache rules cannot be reached.";
            Err(ApiError::new("AccessDeniedException", text))
        }
        _ => Ok(()),
    }
}

fn upstream(url: &str) -> Option<(&'static str, bool)> {
    if let Some((name, _, credentials)) = UPSTREAMS.iter().find(|(_, known, _)| *known == url) {
        return Some((name, *credentials));
    }
    let ecr = |host: &str| {
        let parts: Vec<&str> = host.split('.').collect();
        matches!(parts[..], [account, "dkr", "ecr", _, "amazonaws", ..] if account.len() == 12)
    };
    match url {
        host if host.strip_suffix(".azurecr.io").is_some_and(|name| !name.is_empty()) => {
            Some(("azure-container-registry", true))
        }
        host if ecr(host) => Some(("ecr", false)),
        _ => None,
    }
}

fn prefix<'a>(input: &Members<'a>, name: &str) -> ApiResult<&'a str> {
    let text = input.needed_text(name)?;
    length(name, text, 2, 30)?;
    let plain = text.strip_suffix('/').unwrap_or(text);
    let good = text == "ROOT" || longshore_names::RepositoryName::for_input(plain).is_ok();
    good.then_some(text).ok_or_else(|| {
        let rule = r"must satisfy regular expression '^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$'";
        ApiError::parameter(name, rule)
    })
}

fn credential(input: &Members<'_>) -> ApiResult<Option<String>> {
    let Some(text) = input.text("credentialArn")? else { return Ok(None) };
    length("credentialArn", text, 50, 612)?;
    let parts: Vec<&str> = text.splitn(7, ':').collect();
    let good = matches!(parts[..], ["arn", partition, "secretsmanager", _, _, "secret", name]
        if partition.starts_with("aws") && name.starts_with("ecr-pullthroughcache/"));
    let rule = r"must satisfy regular expression '^arn:aws(-\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\-pullthroughcache\/[a-zA-Z0-9\/_+=.@-]+$'";
    good.then(|| Some(text.to_owned())).ok_or_else(|| ApiError::parameter("credentialArn", rule))
}

fn role(input: &Members<'_>) -> ApiResult<Option<String>> {
    let Some(text) = input.text("customRoleArn")? else { return Ok(None) };
    length("customRoleArn", text, 0, 2048)?;
    Ok(Some(text.to_owned()))
}

/// A rule, with those of the members that not every response has.
fn shown(call: &Call, prefix: &str, rule: &CacheRule, more: &[&str]) -> Value {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    };
    put("registryId", json!(call.registry.id.account));
    put("ecrRepositoryPrefix", prefix.into());
    put("upstreamRepositoryPrefix", rule.upstream_prefix.as_str().into());
    put("credentialArn", json!(rule.credential_arn));
    put("customRoleArn", json!(rule.custom_role_arn));
    for name in more {
        let value = match *name {
            "createdAt" => timestamp(rule.created_at),
            "updatedAt" => timestamp(rule.updated_at),
            "upstreamRegistry" => rule.upstream.as_str().into(),
            _ => rule.upstream_url.as_str().into(),
        };
        put(name, value);
    }
    Value::Object(members)
}

fn missing(call: &Call, prefix: &str) -> ApiError {
    let text = format!(
        "A pull through cache rule with ecrRepositoryPrefix '{prefix}' was not found in the registry with id '{}'",
        call.registry.id.account
    );
    ApiError::new("PullThroughCacheRuleNotFoundException", text)
}
