//! A call of IAM: its parameters, its permission, its pages.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use http::StatusCode;

use crate::{
    access::policy::check_identity_policy,
    control::{
        beside::access,
        wire::{
            error::{ApiError, ApiResult},
            form::Form,
            signing::caller::Caller,
            xml::Element,
        },
    },
    iam::{ADMINISTRATOR, AccountIam, Entity, IamDocument, Kind},
    state::State,
};

const DEFAULT_ITEMS: usize = 100;
const MOST_ITEMS: usize = 1000;
const LONGEST_DOCUMENT: usize = 131_072;
const MOST_TAGS: usize = 50;

/// A call whose signature has been verified.
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) form: &'a Form,
    pub(super) state: &'a State,
    pub(super) caller: &'a Caller,
    pub(super) iam: Arc<AccountIam>,
    pub(super) now: DateTime<Utc>,
}

impl Asked<'_> {
    /// What the account has.
    pub(super) fn document(&self) -> Arc<IamDocument> {
        self.iam.document()
    }

    /// The ARN of something of the account, such as `user/team/johndoe`.
    pub(super) fn arn(&self, kind: &str, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{kind}{path}{name}", self.caller.region.partition(), self.caller.account)
    }

    /// The ARN of a user, a group or a role, which need not exist.
    pub(super) fn arn_of(&self, kind: Kind, name: &str) -> String {
        let document = self.document();
        let path = document.all(kind).get(name).map_or("/", |entity| &entity.path);
        self.arn(kind.word(), path, name)
    }

    /// Refuses what the caller's policies do not allow on `resource`.
    pub(super) fn allowed(&self, resource: &str) -> ApiResult<()> {
        self.allowed_with(resource, &[])
    }

    /// As [`allowed`](Self::allowed), with condition keys of the request.
    pub(super) fn allowed_with(&self, resource: &str, keys: &[(&'static str, &str)]) -> ApiResult<()> {
        let action = format!("iam:{}", self.action);
        access::check_with(self.state, self.caller, &action, resource, keys).map_err(access::in_query)
    }

    /// A parameter that must be there.
    pub(super) fn needed(&self, name: &str) -> ApiResult<&str> {
        self.form.get(name).ok_or_else(|| {
            validation(format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                member(name)
            ))
        })
    }

    /// A name of at most `longest` characters.
    pub(super) fn name(&self, parameter: &str, longest: usize) -> ApiResult<&str> {
        let name = self.needed(parameter)?;
        let named = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if name.is_empty() || !name.chars().all(named) {
            return Err(validation(format!(
                "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
                member(parameter)
            )));
        }
        if name.chars().count() > longest {
            return Err(validation(format!(
                "1 validation error detected: Value '{name}' at '{}' failed to satisfy constraint: Member must have length less than or equal to {longest}",
                member(parameter)
            )));
        }
        Ok(name)
    }

    /// The name of an existing user, group or role: `UserName`, `GroupName`, `RoleName`.
    pub(super) fn name_of(&self, kind: Kind) -> ApiResult<&str> {
        match kind {
            Kind::User => self.name("UserName", 128),
            Kind::Group => self.name("GroupName", 128),
            Kind::Role => self.name("RoleName", 64),
        }
    }

    /// A user, a group or a role that the call reads, created or not, once the caller may.
    pub(super) fn read(&self, kind: Kind) -> ApiResult<Entity> {
        self.read_named(kind, self.name_of(kind)?)
    }

    /// As [`read`](Self::read), by its name.
    pub(super) fn read_named(&self, kind: Kind, name: &str) -> ApiResult<Entity> {
        let partition = self.caller.region.partition();
        let found = self.state.entity(&self.caller.account, partition, kind, name);
        let path = found.as_ref().map_or("/", |entity| &entity.path);
        self.allowed(&self.arn(kind.word(), path, name))?;
        found.ok_or_else(|| no_entity(kind, name))
    }

    /// All users, groups or roles that lists show.
    pub(super) fn listed(&self, kind: Kind) -> Vec<Entity> {
        self.state.entities(&self.caller.account, self.caller.region.partition(), kind)
    }

    /// The user, group or role that the call changes, once the caller may.
    pub(super) fn changed(&self, kind: Kind) -> ApiResult<&str> {
        let name = self.name_of(kind)?;
        self.allowed(&self.arn_of(kind, name))?;
        self.modifiable(kind, name)?;
        Ok(name)
    }

    /// Refuses to change the administrator, and roles of services.
    pub(super) fn modifiable(&self, kind: Kind, name: &str) -> ApiResult<()> {
        let of_service =
            |entity: &Entity| kind == Kind::Role && entity.path.starts_with("/aws-service-role/");
        if kind == Kind::User && name == ADMINISTRATOR {
            return Err(ApiError::new(
                "UnmodifiableEntity",
                format!("The user {ADMINISTRATOR} is the sandbox's own and cannot be changed."),
            ));
        }
        if self.document().all(kind).get(name).is_some_and(of_service) {
            return Err(ApiError::new(
                "UnmodifiableEntity",
                format!(
                    "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
                ),
            ));
        }
        Ok(())
    }

    /// The path of something new.
    pub(super) fn path(&self) -> ApiResult<String> {
        let path = self.form.get("Path").unwrap_or("/");
        let right = path == "/"
            || (path.len() > 2
                && path.starts_with('/')
                && path.ends_with('/')
                && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte)));
        if !right || path.len() > 512 {
            return Err(validation(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
            ));
        }
        Ok(path.to_owned())
    }

    /// Whether a path begins with the prefix that the call asks for.
    pub(super) fn path_filter(&self) -> ApiResult<impl Fn(&str) -> bool + use<>> {
        let prefix = self.form.get("PathPrefix").unwrap_or("/").to_owned();
        if !prefix.starts_with('/') || prefix.len() > 512 {
            return Err(validation("The specified value for pathPrefix is invalid. It must begin with /."));
        }
        Ok(move |path: &str| path.starts_with(&prefix))
    }

    /// A parameter that is `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> ApiResult<bool> {
        match self.form.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                Err(ApiError::new("MalformedInput", format!("'{other}' is not true or false: {name}")))
            }
        }
    }

    /// The tags of something new.
    pub(super) fn tags(&self) -> ApiResult<std::collections::BTreeMap<String, String>> {
        let mut tags = std::collections::BTreeMap::new();
        for n in 1.. {
            let Some(key) = self.form.get(&format!("Tags.member.{n}.Key")) else { break };
            let value = self.form.get(&format!("Tags.member.{n}.Value")).unwrap_or_default();
            if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
                return Err(input("A tag has a key of 1 to 128 characters and a value of up to 256."));
            }
            if tags.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(input(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            if tags.len() > MOST_TAGS {
                return Err(limit(format!("Cannot exceed quota for TagsPerResource: {MOST_TAGS}")));
            }
        }
        Ok(tags)
    }

    /// The text of a policy that has no principal.
    pub(super) fn policy_text(&self) -> ApiResult<&str> {
        let text = self.document_text("PolicyDocument")?;
        check_identity_policy(text).map_err(malformed)?;
        Ok(text)
    }

    /// The text of a document.
    pub(super) fn document_text(&self, parameter: &str) -> ApiResult<&str> {
        let text = self.needed(parameter)?;
        let right = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
        if text.is_empty() || text.len() > LONGEST_DOCUMENT || !text.chars().all(right) {
            return Err(validation(format!(
                "The specified value for {} is invalid. It must have 1 to {LONGEST_DOCUMENT} characters of Latin-1.",
                member(parameter)
            )));
        }
        Ok(text)
    }

    /// The page that the call asks for, of items that each have a key; in `list`, which is a child of
    /// `result`.
    pub(super) fn page(
        &self,
        result: Element,
        list: &'static str,
        items: Vec<(String, Element)>,
    ) -> ApiResult<Element> {
        let (items, marker) = self.cut(items)?;
        let list = items.into_iter().fold(Element::new(list), Element::child);
        Ok(finished(result.child(list), marker))
    }

    /// The items of the page, in the order of their keys, and the marker of the next one.
    pub(super) fn cut<T>(&self, mut items: Vec<(String, T)>) -> ApiResult<(Vec<T>, Option<String>)> {
        let most = match self.form.get("MaxItems") {
            None => DEFAULT_ITEMS,
            Some(text) => text
                .parse()
                .ok()
                .filter(|count| (1..=MOST_ITEMS).contains(count))
                .ok_or_else(|| validation(format!("MaxItems must be between 1 and {MOST_ITEMS}.")))?,
        };
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        if let Some(marker) = self.form.get("Marker") {
            let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            let last = text.as_deref().and_then(|text| text.strip_prefix(self.action)?.strip_prefix(' '));
            let last = last.ok_or_else(|| validation("Invalid Marker."))?;
            items.retain(|(key, _)| key.as_str() > last);
        }
        let more = items.len() > most;
        items.truncate(most);
        let last = items.last().filter(|_| more).map(|(key, _)| format!("{} {key}", self.action));
        let marker = last.map(|last| URL_SAFE_NO_PAD.encode(last));
        Ok((items.into_iter().map(|(_, item)| item).collect(), marker))
    }
}

/// The end of a page.
pub(super) fn finished(result: Element, marker: Option<String>) -> Element {
    match marker {
        Some(marker) => result.text("IsTruncated", "true").text("Marker", &marker),
        None => result.text("IsTruncated", "false"),
    }
}

/// `UserName` is `userName` in messages.
fn member(parameter: &str) -> String {
    let mut chars = parameter.chars();
    chars.next().map(|first| first.to_ascii_lowercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// The error for a parameter that the model does not allow.
pub(super) fn validation(text: impl Into<String>) -> ApiError {
    ApiError::new("ValidationError", text)
}

/// The error for a parameter that IAM's rules do not allow.
pub(super) fn input(text: impl Into<String>) -> ApiError {
    ApiError::new("InvalidInput", text)
}

/// The error for a document with mistakes.
pub(super) fn malformed(text: String) -> ApiError {
    ApiError::new("MalformedPolicyDocument", text)
}

/// The error for a quota.
pub(super) fn limit(text: impl Into<String>) -> ApiError {
    ApiError::new("LimitExceeded", text).with_status(StatusCode::CONFLICT)
}

/// The error for something that still has something.
pub(super) fn conflict(text: impl Into<String>) -> ApiError {
    ApiError::new("DeleteConflict", text).with_status(StatusCode::CONFLICT)
}

/// The error for something that exists.
pub(super) fn exists(text: impl Into<String>) -> ApiError {
    ApiError::new("EntityAlreadyExists", text).with_status(StatusCode::CONFLICT)
}

/// The error for something that does not exist.
pub(super) fn missing(text: impl Into<String>) -> ApiError {
    ApiError::new("NoSuchEntity", text).with_status(StatusCode::NOT_FOUND)
}

/// The error for a user, a group or a role that does not exist.
pub(super) fn no_entity(kind: Kind, name: &str) -> ApiError {
    missing(format!("The {} with name {name} cannot be found.", kind.word()))
}

/// A user, a group or a role.
pub(super) fn entity<'a>(document: &'a IamDocument, kind: Kind, name: &str) -> ApiResult<&'a Entity> {
    document.all(kind).get(name).ok_or_else(|| no_entity(kind, name))
}

/// As [`entity`], to change it.
pub(super) fn entity_mut<'a>(
    document: &'a mut IamDocument,
    kind: Kind,
    name: &str,
) -> ApiResult<&'a mut Entity> {
    document.all_mut(kind).get_mut(name).ok_or_else(|| no_entity(kind, name))
}

/// Refuses a name that something has already, in any case.
pub(super) fn check_free<T>(
    all: &std::collections::BTreeMap<String, T>,
    name: &str,
    text: impl FnOnce(&str) -> String,
) -> ApiResult<()> {
    match all.keys().any(|known| known.eq_ignore_ascii_case(name)) {
        true => Err(exists(text(name))),
        false => Ok(()),
    }
}

/// Characters of a policy, as quotas count them: without white space.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
