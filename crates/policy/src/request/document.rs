//! The request.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use longshore_names::{AccountId, RegistryId};
use serde_json::{Map, Value};

use super::{
    MAX_TEXT, MAX_WANTS, RequestError, Want,
    fields::{Fields, closed, open, registry_value, time_value},
};
use crate::{
    ContentHash, EditError, Finding,
    iam::{Policy, PolicyContext, Statement, validate_policy},
};

/// The id of a request: a UUID, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = |(i, byte): (usize, u8)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        };
        let is_uuid = text.len() == 36 && text.bytes().enumerate().all(place);
        if is_uuid { Ok(Self(text.to_owned())) } else { Err("it is not a UUID in lower case".into()) }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who asks. Only what the file says: nothing proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedBy {
    /// The account.
    pub account: AccountId,
    /// The ARN of the user or role.
    pub principal: Option<String>,
    /// A note for the administrator, at most [`MAX_TEXT`] characters.
    pub note: Option<String>,
}

/// What one team asks of another: `request/1`.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// Who asks.
    pub by: RequestedBy,
    /// The registry that is asked.
    pub registry: RegistryId,
    /// Why, at most [`MAX_TEXT`] characters.
    pub reason: String,
    /// What is asked for, 1 to [`MAX_WANTS`].
    pub wants: Vec<Want>,
    /// The replication rule in the asking registry that needs it, as a reference.
    pub rule: Option<Value>,
}

/// A request as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestFile {
    /// The request.
    pub request: Request,
    /// The hash of the whole content, which a receipt repeats.
    pub hash: ContentHash,
    /// Paths of the fields that this version does not know, and does not apply.
    pub unknown_fields: Vec<String>,
}

/// A registry policy with a request's statements.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The policy after; `None` if the request wants no statement and there is no policy.
    pub policy: Option<Policy>,
    /// The statements as they were added, or were there: those of taken Sids have another one.
    pub statements: Vec<Statement>,
}

impl Request {
    /// Reads a file. Its kind, size, hash and every field are checked.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn read(text: &str) -> Result<RequestFile, RequestError> {
        let (value, hash) = open(text, "request")?;
        let mut unknown = Vec::new();
        let mut fields = Fields::of("", value)?;
        for checked in ["longshore", "hash"] {
            fields.optional(checked);
        }
        let id = fields.name("id")?;
        let created = fields.time("created")?;
        let by = requested_by(&mut fields, &mut unknown)?;
        let registry = fields.registry("for", &mut unknown)?;
        let reason = fields.text("reason", MAX_TEXT)?;
        let wants = wants(&mut fields, &mut unknown)?;
        let rule = fields.optional("rule");
        if rule.as_ref().is_some_and(|rule| !rule.is_object()) {
            return Err(fields.invalid("rule", "it must be an object"));
        }
        fields.end(&mut unknown);
        let request = Self { id, created, by, registry, reason, wants, rule };
        Ok(RequestFile { request, hash, unknown_fields: unknown })
    }

    /// The file's text, and its hash.
    ///
    /// # Errors
    /// When the request could not be read back: a text is too long or has hidden characters, there
    /// are no wants or too many.
    pub fn write(&self) -> Result<(String, ContentHash), RequestError> {
        let mut by = Map::new();
        by.insert("account".into(), self.by.account.as_str().into());
        by.extend(self.by.principal.as_ref().map(|arn| ("principal".to_owned(), arn.clone().into())));
        by.extend(self.by.note.as_ref().map(|note| ("note".to_owned(), note.clone().into())));
        let mut content = Map::new();
        content.insert("longshore".into(), "request/1".into());
        content.insert("id".into(), self.id.as_str().into());
        content.insert("created".into(), time_value(self.created));
        content.insert("by".into(), by.into());
        content.insert("for".into(), registry_value(&self.registry));
        content.insert("reason".into(), self.reason.clone().into());
        content.insert("wants".into(), self.wants.iter().map(Want::to_value).collect());
        content.extend(self.rule.clone().map(|rule| ("rule".to_owned(), rule)));
        let (text, hash) = closed(content);
        Self::read(&text)?;
        Ok((text, hash))
    }

    /// The statements that it wants.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.wants.iter().filter_map(|want| match want {
            Want::RegistryPolicyStatement { statement } => Some(statement),
            _ => None,
        })
    }

    /// What is wrong with applying it in the registry of `context`, whose statements are checked like
    /// any pasted text. It must not be applied if one of the findings is an error.
    pub fn findings(&self, context: &PolicyContext) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.registry != context.registry {
            let text = format!("The request is for {}, not for {}.", self.registry, context.registry);
            findings.push(
                Finding::error("request-other-registry", text).hint("Open it in the registry that it names."),
            );
        }
        let mut alone = Policy::empty();
        for statement in self.statements() {
            alone.append(&Policy::of_statement(statement));
        }
        if !alone.is_empty() {
            findings.extend(validate_policy(&alone, context));
        }
        findings
    }

    /// The policy `current` with the wanted statements. A statement that is there already is left
    /// alone; a Sid that another statement has is replaced by a free one.
    ///
    /// # Errors
    /// As [`Policy::add_statement`], when a free Sid does not help.
    pub fn applied_to(&self, current: Option<&Policy>) -> Result<Applied, EditError> {
        let mut policy = current.cloned().unwrap_or_else(Policy::empty);
        let mut statements = Vec::new();
        for statement in self.statements() {
            // It may be there under another Sid, because its own was taken.
            if let Some(known) = policy.statement_like(statement) {
                statements.push(Statement::from_value(known.raw).unwrap_or_else(|_| statement.clone()));
                continue;
            }
            let mut statement = statement.clone();
            let mut added = policy.add_statement(&statement);
            if let Err(EditError::SidTaken { proposed, .. }) = &added {
                statement = statement.with_sid(proposed);
                added = policy.add_statement(&statement);
            }
            match added {
                Ok(_) | Err(EditError::AlreadyThere { .. }) => statements.push(statement),
                Err(error) => return Err(error),
            }
        }
        let policy = Some(policy).filter(|policy| current.is_some() || !policy.is_empty());
        Ok(Applied { policy, statements })
    }
}

fn requested_by(fields: &mut Fields, unknown: &mut Vec<String>) -> Result<RequestedBy, RequestError> {
    let mut by = Fields::of("by", fields.required("by")?)?;
    let account = by.name("account")?;
    let principal = by.optional_arn("principal")?;
    let note = by.optional_text("note", MAX_TEXT)?;
    by.end(unknown);
    Ok(RequestedBy { account, principal, note })
}

fn wants(fields: &mut Fields, unknown: &mut Vec<String>) -> Result<Vec<Want>, RequestError> {
    let Value::Array(list) = fields.required("wants")? else {
        return Err(fields.invalid("wants", "it must be a list"));
    };
    if list.is_empty() || list.len() > MAX_WANTS {
        let problem = format!("a request has 1 to {MAX_WANTS} wants, this has {}", list.len());
        return Err(fields.invalid("wants", problem));
    }
    list.into_iter().enumerate().map(|(i, one)| Want::read(&format!("wants[{i}]"), one, unknown)).collect()
}
