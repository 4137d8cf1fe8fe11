//! KMS in awsJson1.1: `DescribeKey` (KMS API Reference, version 2014-11-01).
//!
//! As roles do, every key exists in the account and Region that its ARN names, enabled unless another
//! state was planted. Nothing is encrypted.

use serde_json::{Map, Value, json};

use super::access;
use crate::{
    KeyState,
    control::wire::{
        error::{ApiError, ApiResult},
        signing::caller::Caller,
    },
    state::State,
};

/// What `X-Amz-Target` begins with.
pub(in crate::control) const TARGET_PREFIX: &str = "TrentService.";

/// Runs an operation.
pub(in crate::control) fn call(
    operation: &str,
    input: &Map<String, Value>,
    state: &State,
    caller: &Caller,
) -> ApiResult<Value> {
    if operation != "DescribeKey" {
        let text = format!("The sandbox has no operation '{operation}' of KMS.");
        return Err(ApiError::new("UnknownOperationException", text));
    }
    let id = input.get("KeyId").and_then(Value::as_str).unwrap_or_default();
    let here = format!("arn:{}:kms:{}:", caller.region.partition(), caller.region);
    let arn = match id.starts_with("arn:") {
        true => id.to_owned(),
        false => format!("{here}{}:key/{id}", caller.account),
    };
    let parsed = arn.strip_prefix(&here).and_then(|rest| rest.split_once(":key/"));
    let Some((account, key)) = parsed.filter(|(account, key)| is_account(account) && is_key(key)) else {
        // A key of another Region is an ARN that this Region does not have.
        let text = format!("Invalid arn or key id '{}'", longshore_names::shown(id, 200));
        return Err(ApiError::new("NotFoundException", text));
    };
    access::check(state, caller, "kms:DescribeKey", &arn)?;
    let word = match state.planted.key(&arn) {
        KeyState::Enabled => "Enabled",
        KeyState::Disabled => "Disabled",
        KeyState::PendingDeletion => "PendingDeletion",
        KeyState::Missing => {
            return Err(ApiError::new("NotFoundException", format!("Key '{arn}' does not exist")));
        }
    };
    Ok(json!({ "KeyMetadata": {
        "AWSAccountId": account, "KeyId": key, "Arn": arn, "CreationDate": 0.0,
        "Enabled": word == "Enabled", "KeyState": word, "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
        "MultiRegion": false,
    }}))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_key(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
