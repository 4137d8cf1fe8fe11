//! `GetSessionToken`, and the codes of multi-factor devices.
//!
//! Every device exists, and every code of six digits is its present one, except [`WRONG_CODE`]. Source:
//! AWS STS API Reference, version 2011-06-15.

use http::StatusCode;

use crate::control::{
    beside::sts::{StsContext, constraint, credentials, duration},
    wire::error::{ApiError, ApiResult},
    wire::form::Form,
    wire::signing::sessions::{Holder, Session},
    wire::xml::Element,
};
use crate::iam::ADMINISTRATOR;

/// The code that no device shows.
const WRONG_CODE: &str = "000000";
const DEFAULT_SECONDS: i64 = 43_200;
const MOST_SECONDS: i64 = 129_600;

/// Session keys of the calling user.
pub(super) fn get_session_token(form: &Form, context: &StsContext<'_>) -> ApiResult<Element> {
    let lifetime = duration(form, DEFAULT_SECONDS, MOST_SECONDS)?;
    if context.caller.is_session() {
        return Err(denied("Cannot call GetSessionToken with session credentials"));
    }
    check_code(form)?;
    let name = context.caller.user_name().filter(|name| *name != ADMINISTRATOR).map(str::to_owned);
    let (account, holder) = (context.caller.account.clone(), Holder::User(name));
    let (_, keys) = Session::issue(context.key, account, holder, lifetime, context.now);
    Ok(Element::new("GetSessionTokenResult").child(credentials(&keys)))
}

/// Checks `SerialNumber` and `TokenCode`, if there are any.
pub(super) fn check_code(form: &Form) -> ApiResult<()> {
    let (serial, code) = (form.get("SerialNumber"), form.get("TokenCode"));
    if let Some(serial) = serial {
        let named = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
        if !(9..=256).contains(&serial.chars().count()) || !serial.chars().all(named) {
            let pattern = r"Member must satisfy regular expression pattern: [\w+=/:,.@-]*";
            return Err(constraint(serial, "serialNumber", pattern));
        }
    }
    if let Some(code) = code
        && (code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()))
    {
        let pattern = r"Member must satisfy regular expression pattern: [\d]*";
        return Err(constraint(code, "tokenCode", pattern));
    }
    match (serial, code) {
        (None, None) => Ok(()),
        (Some(_), Some(WRONG_CODE)) => {
            Err(denied("MultiFactorAuthentication failed with invalid MFA one time pass code."))
        }
        (Some(_), Some(_)) => Ok(()),
        _ => Err(denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )),
    }
}

fn denied(message: &str) -> ApiError {
    ApiError::new("AccessDenied", message).with_status(StatusCode::FORBIDDEN)
}
