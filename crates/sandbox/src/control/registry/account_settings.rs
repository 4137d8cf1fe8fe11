//! `GetAccountSetting`, `PutAccountSetting`.
//!
//! The three settings of the API model. A new account has blob mounting off, registry policies of
//! scope V2 and basic scanning by AWS.

use serde_json::{Value, json};

use crate::control::{
    wire::call::{Call, Refused},
    wire::constraints::length,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};

struct Setting {
    name: &'static str,
    /// The first is the default.
    values: &'static [&'static str],
}

const SETTINGS: &[Setting] = &[
    Setting { name: "BASIC_SCAN_TYPE_VERSION", values: &["AWS_NATIVE"] },
    Setting { name: "REGISTRY_POLICY_SCOPE", values: &["V2"] },
    Setting { name: "BLOB_MOUNTING", values: &["DISABLED", "ENABLED"] },
];

pub(in crate::control) async fn get_account_setting(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let setting = setting(input)?;
    let document = call.registry.document();
    let switches = call.state.switches();
    let default = match setting.name {
        "BLOB_MOUNTING" if switches.blob_mounting => "ENABLED",
        "REGISTRY_POLICY_SCOPE" if switches.policy_scope_v1 => "V1",
        _ => setting.values[0],
    };
    let value = document.settings.get(setting.name).map_or(default, String::as_str);
    Ok(json!({ "name": setting.name, "value": value }))
}

pub(in crate::control) async fn put_account_setting(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let setting = setting(input)?;
    let value = input.needed_text("value")?;
    let Some(value) = setting.values.iter().find(|known| **known == value) else {
        return Err(validation(format!(
            "Invalid value '{value}' for account setting '{}'. Valid values: {}",
            setting.name,
            setting.values.join(", ")
        )));
    };
    let name = setting.name;
    call.registry
        .update(move |document| -> Result<(), Refused> {
            document.settings.insert(name.to_owned(), (*value).to_owned());
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(json!({ "name": setting.name, "value": value }))
}

fn setting(input: &Members<'_>) -> ApiResult<&'static Setting> {
    let name = input.needed_text("name")?;
    length("name", name, 1, 64)?;
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .ok_or_else(|| validation(format!("Invalid account setting name '{name}'")))
}

fn validation(message: String) -> ApiError {
    ApiError::new("ValidationException", message)
}
