//! `GetAuthorizationToken`.

use base64::{Engine, engine::general_purpose::STANDARD};
use longshore_names::RegistryId;
use serde_json::{Value, json};

use crate::access::token;
use crate::control::{
    wire::call::Call,
    wire::constraints::{count, parse_account},
    wire::endpoint::timestamp,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};

/// One token for the caller in the Region of the call; it is valid for every registry there that
/// grants the caller access. `registryIds` only chooses the endpoints that are listed.
pub(in crate::control) async fn get_authorization_token(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let mut registries = vec![call.registry.clone()];
    if let Some(ids) = input.texts("registryIds")? {
        count("registryIds", &ids, 1, 10)?;
        registries.clear();
        for text in ids {
            let id = RegistryId::new(parse_account("registryIds", text)?, call.caller.region.clone());
            let registry = call.state.registry(&id).ok_or_else(|| {
                ApiError::parameter(
                    "registryIds",
                    format_args!("The sandbox has no registry {text} in {}", id.region),
                )
            })?;
            registries.push(registry);
        }
    }
    let life = call.state.switches().token_life;
    let (password, expires) =
        token::issue(&call.state.signing_key, &call.principal(), &call.caller.region, life, call.now);
    let token = STANDARD.encode(format!("AWS:{password}"));
    let data: Vec<Value> = registries
        .iter()
        .map(|registry| {
            json!({
                "authorizationToken": token,
                "expiresAt": timestamp(expires),
                "proxyEndpoint": registry.url(),
            })
        })
        .collect();
    Ok(json!({ "authorizationData": data }))
}
