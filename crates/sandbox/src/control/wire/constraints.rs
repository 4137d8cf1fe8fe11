//! The API model's constraints on members that many operations share, in ECR's words.

use longshore_names::{AccountId, Digest, Region, RepositoryName, Tag};

use crate::control::{
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};

/// `RepositoryName` of the API model of 2026.
const REPOSITORY_PATTERN: &str = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*";

/// The required member `repositoryName`.
pub(in crate::control) fn repository_name(input: &Members<'_>) -> ApiResult<RepositoryName> {
    parse_repository("repositoryName", input.needed_text("repositoryName")?)
}

/// One repository name at `place`.
pub(in crate::control) fn parse_repository(place: &str, text: &str) -> ApiResult<RepositoryName> {
    length(place, text, 2, 256)?;
    // `for_input` trims, ECR does not.
    let parsed = if text.trim() == text { RepositoryName::for_input(text).ok() } else { None };
    parsed.ok_or_else(|| {
        ApiError::parameter(place, format_args!("must satisfy regular expression '{REPOSITORY_PATTERN}'"))
    })
}

/// One account id at `place`.
pub(in crate::control) fn parse_account(place: &str, text: &str) -> ApiResult<AccountId> {
    let digits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| digits)
        .ok_or_else(|| ApiError::parameter(place, "must satisfy regular expression '[0-9]{12}'"))
}

/// One Region at `place`.
pub(in crate::control) fn parse_region(place: &str, text: &str) -> ApiResult<Region> {
    text.parse().map_err(|_| ApiError::parameter(place, "must satisfy regular expression '[0-9a-z-]{2,25}'"))
}

/// One image tag at `place`: 1 to 300 characters, of those a tag can have.
pub(in crate::control) fn parse_tag(place: &str, text: &str) -> ApiResult<Tag> {
    length(place, text, 1, 300)?;
    text.parse().map_err(|_| {
        ApiError::parameter(place, "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]*'")
    })
}

/// One SHA-256 digest at `place`.
pub(in crate::control) fn parse_digest(place: &str, text: &str) -> ApiResult<Digest> {
    text.parse().map_err(|_| {
        ApiError::parameter(place, r"must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'")
    })
}

/// A string's length in characters.
pub(in crate::control) fn length(place: &str, text: &str, least: usize, most: usize) -> ApiResult<()> {
    let count = text.chars().count();
    if count < least {
        return Err(ApiError::parameter(
            place,
            format_args!("must have length greater than or equal to {least}"),
        ));
    }
    if count > most {
        return Err(ApiError::parameter(
            place,
            format_args!("must have length less than or equal to {most}"),
        ));
    }
    Ok(())
}

/// Checks a list's length; a list that is left out is not checked here.
pub(in crate::control) fn count<T>(place: &str, list: &[T], least: usize, most: usize) -> ApiResult<()> {
    if list.len() < least {
        return Err(ApiError::parameter(
            place,
            format_args!("Member must have length greater than or equal to {least}"),
        ));
    }
    if list.len() > most {
        return Err(ApiError::parameter(
            place,
            format_args!("Member must have length less than or equal to {most}"),
        ));
    }
    Ok(())
}

/// One of an enumeration's values.
pub(in crate::control) fn one_of<'a>(place: &str, text: &'a str, values: &[&str]) -> ApiResult<&'a str> {
    if values.contains(&text) {
        return Ok(text);
    }
    let set = values.join(", ");
    Err(ApiError::parameter(place, format_args!("Member must satisfy enum value set: [{set}]")))
}
