//! The condition keys of a request: those that were given, and those that follow from the question.
//!
//! Source: IAM user guide, "AWS global condition context keys" (availability of each) and "Variables
//! and tags", table of principal key values.

use std::collections::BTreeMap;

use super::{Action, Caller, QuestionError, Resource, caller::Kind};

/// More than the keys and values of any request have together, in bytes.
const MAX_CONTEXT: usize = 16 * 1024;

/// The condition keys that are known of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    given: BTreeMap<String, Vec<String>>,
    bytes: usize,
    complete: bool,
}

impl Context {
    /// A context of which nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value of a key; case does not count in its name. Several values of one key make it
    /// multivalued.
    ///
    /// # Errors
    /// When the key has no prefix such as `aws:`, or the context is too large.
    pub fn add(&mut self, key: &str, value: &str) -> Result<(), QuestionError> {
        let key = key.trim();
        let has_prefix =
            key.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
        if !has_prefix {
            let problem = format!("`{}` is no condition key.", longshore_names::shown(key, 100));
            return Err(QuestionError::new(
                "context",
                problem,
                "Give it with its prefix, such as aws:SourceIp.",
            ));
        }
        self.bytes += key.len() + value.len();
        if self.bytes > MAX_CONTEXT {
            let problem = format!("The condition keys and their values have more than {MAX_CONTEXT} bytes.");
            return Err(QuestionError::new("context", problem, "Give only the keys that the policies use."));
        }
        self.given.entry(key.to_ascii_lowercase()).or_default().push(value.to_owned());
        Ok(())
    }

    /// Adds a value written as `KEY=VALUE`. A value may be empty.
    ///
    /// # Errors
    /// As [`add`](Self::add), and when the `=` is missing.
    pub fn add_text(&mut self, text: &str) -> Result<(), QuestionError> {
        let Some((key, value)) = text.split_once('=') else {
            let problem = format!("`{}` has no `=`.", longshore_names::shown(text, 100));
            return Err(QuestionError::new(
                "context",
                problem,
                "Give KEY=VALUE, such as aws:SourceIp=203.0.113.7.",
            ));
        };
        self.add(key, value)
    }

    /// The same context, in which a key that is neither given nor follows from the question is
    /// absent, and not unknown.
    #[must_use]
    pub fn complete(mut self) -> Self {
        self.complete = true;
        self
    }
}

/// What is known of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// The request has it, with these values.
    Values(Vec<String>),
    /// The request does not have it.
    Absent,
    /// Nothing is known.
    Unknown,
}

impl Known {
    fn one(value: impl Into<String>) -> Self {
        Self::Values(vec![value.into()])
    }
}

/// A question with everything that is known of its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) caller: &'a Caller,
    pub(super) action: &'a Action,
    pub(super) resource: &'a Resource,
    pub(super) context: &'a Context,
    /// Whether the caller has a permissions boundary.
    pub(super) has_boundary: bool,
}

impl Request<'_> {
    /// What is known of a key. A given value takes precedence over one that follows from the
    /// question.
    pub(super) fn key(&self, key: &str) -> Known {
        let key = key.to_ascii_lowercase();
        if let Some(values) = self.context.given.get(&key) {
            return Known::Values(values.clone());
        }
        match self.derived(&key) {
            Some(known) => known,
            None if self.context.complete => Known::Absent,
            None => Known::Unknown,
        }
    }

    /// What the question says about a key, which is in lower case.
    fn derived(&self, key: &str) -> Option<Known> {
        let is_service = self.caller.kind == Kind::Service;
        let is_iam = self.caller.account.is_some() && self.caller.kind != Kind::Provider;
        let text = |value: Option<String>| value.map(Known::one);
        match key {
            "aws:principalarn" if is_iam => text(self.caller.principal_arn()),
            "aws:principalaccount" if is_iam => text(self.caller.account.as_ref().map(ToString::to_string)),
            "aws:principaltype" => self.caller.principal_type().map(Known::one),
            "aws:username" => match &self.caller.kind {
                Kind::User(name) => Some(Known::one(name.clone())),
                _ => Some(Known::Absent),
            },
            "aws:userid" => match (&self.caller.kind, &self.caller.account) {
                (Kind::Root, Some(account)) => Some(Known::one(account.to_string())),
                (Kind::FederatedUser(name), Some(account)) => Some(Known::one(format!("{account}:{name}"))),
                _ => None,
            },
            "aws:resourceaccount" => text(self.resource.account.as_ref().map(ToString::to_string)),
            "aws:requestedregion" => text(self.resource.region.clone()),
            "aws:principalisawsservice" if is_service || is_iam => Some(Known::one(is_service.to_string())),
            "aws:principalservicename" if is_service => Some(Known::one(self.caller.text.clone())),
            // Only a service that calls for a resource has them.
            "aws:principalservicename"
            | "aws:principalservicenameslist"
            | "aws:sourceaccount"
            | "aws:sourcearn"
            | "aws:sourceorgid"
            | "aws:sourceorgpaths"
                if is_iam =>
            {
                Some(Known::Absent)
            }
            _ => None,
        }
    }

    /// The resource with which statements are compared.
    pub(super) fn resource_text(&self) -> &str {
        if self.action.has_no_resource() { "*" } else { self.resource.as_str() }
    }

    /// The account of the resource. Without one in the ARN, as for a bucket of S3, the context may
    /// give it.
    pub(super) fn resource_account(&self) -> Option<String> {
        match (&self.resource.account, self.key("aws:ResourceAccount")) {
            (Some(account), _) => Some(account.to_string()),
            (None, Known::Values(values)) => values.into_iter().next(),
            (None, _) => None,
        }
    }

    /// Whether the resource belongs to another account than the caller. An account that is not known
    /// is taken as the caller's.
    pub(super) fn is_cross_account(&self) -> bool {
        match (&self.caller.account, self.resource_account()) {
            (Some(caller), Some(resource)) => caller.as_str() != resource,
            _ => false,
        }
    }
}
