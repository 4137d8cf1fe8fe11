//! One thing that a request asks for.

use longshore_names::{AccountId, RegistryId, RepositoryName};
use serde_json::{Map, Value, json};

use super::{RequestError, fields::Fields};
use crate::iam::{MAX_CHARACTERS, Statement, explain_statement};

/// The members of `CreateRepositoryCreationTemplate` (ECR API model 2015-09-21).
const TEMPLATE: [&str; 10] = [
    "prefix",
    "description",
    "encryptionConfiguration",
    "resourceTags",
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "repositoryPolicy",
    "lifecyclePolicy",
    "appliedFor",
    "customRoleArn",
];

/// What a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Want {
    /// A statement in the registry's policy.
    RegistryPolicyStatement {
        /// The statement.
        statement: Statement,
    },
    /// A repository, which replication then need not create.
    Repository {
        /// Its name.
        name: RepositoryName,
    },
    /// A repository creation template.
    Template {
        /// The input of `CreateRepositoryCreationTemplate`.
        template: Map<String, Value>,
    },
}

impl Want {
    /// The kind, as in the file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RegistryPolicyStatement { .. } => "registry-policy-statement",
            Self::Repository { .. } => "repository",
            Self::Template { .. } => "template",
        }
    }

    /// What is asked for, in one sentence. Texts in it are the file's.
    pub fn sentence(&self, registry: &RegistryId, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
        match self {
            Self::RegistryPolicyStatement { statement } => {
                let what = explain_statement(&statement.view(), registry, names);
                format!("A statement in the registry policy: {what}")
            }
            Self::Repository { name } => format!("The repository `{name}`."),
            Self::Template { template } => {
                let prefix = match template.get("prefix").and_then(Value::as_str).unwrap_or_default() {
                    "ROOT" => "any other name".to_owned(),
                    prefix => format!("names that begin with `{}/`", prefix.trim_end_matches('/')),
                };
                let policy = if template.contains_key("repositoryPolicy") {
                    " Each of them gets a policy, which may allow access to it."
                } else {
                    ""
                };
                format!("A creation template for new repositories with {prefix}.{policy}")
            }
        }
    }

    pub(super) fn read(at: &str, value: Value, unknown: &mut Vec<String>) -> Result<Self, RequestError> {
        let mut fields = Fields::of(at, value)?;
        let kind = fields.text("kind", 100)?;
        let want = match kind.as_str() {
            "registry-policy-statement" => {
                let statement = Statement::from_value(fields.required("statement")?)
                    .map_err(|_| fields.invalid("statement", "it must be an object"))?;
                if crate::minified(&statement.to_value()).chars().count() > MAX_CHARACTERS {
                    let problem = format!("it has more than the {MAX_CHARACTERS} characters of a policy");
                    return Err(fields.invalid("statement", problem));
                }
                let view = statement.view();
                unknown.extend(view.unknown_fields.iter().map(|key| format!("{at}.statement.{key}")));
                Self::RegistryPolicyStatement { statement }
            }
            "repository" => {
                let name = fields.text("name", 512)?;
                let name = RepositoryName::for_input(&name)
                    .map_err(|error| fields.invalid("name", error.to_string()))?;
                Self::Repository { name }
            }
            "template" => Self::Template { template: template(&mut fields, unknown)? },
            _ => {
                let (field, kind) = (at.to_owned(), longshore_names::shown(&kind, 100));
                return Err(RequestError::UnknownWant { field, kind });
            }
        };
        fields.end(unknown);
        Ok(want)
    }

    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::RegistryPolicyStatement { statement } => {
                json!({ "kind": self.kind(), "statement": statement.to_value() })
            }
            Self::Repository { name } => json!({ "kind": self.kind(), "name": name.as_str() }),
            Self::Template { template } => json!({ "kind": self.kind(), "template": template }),
        }
    }
}

/// A template with a usable prefix, for replication.
fn template(fields: &mut Fields, unknown: &mut Vec<String>) -> Result<Map<String, Value>, RequestError> {
    let at = fields.path("template");
    let value = fields.required("template")?;
    let Value::Object(template) = value else {
        return Err(fields.invalid("template", "it must be an object"));
    };
    let prefix = template.get("prefix").and_then(Value::as_str).unwrap_or_default();
    let bare = prefix.strip_suffix('/').unwrap_or(prefix);
    if prefix != "ROOT" && bare.parse::<RepositoryName>().is_err() {
        return Err(fields.invalid("template.prefix", "it is neither `ROOT` nor the beginning of names"));
    }
    let applied = template.get("appliedFor").and_then(Value::as_array);
    if !applied.is_some_and(|all| all.iter().any(|one| one == "REPLICATION")) {
        return Err(fields.invalid("template.appliedFor", "it does not include `REPLICATION`"));
    }
    let others = template.keys().filter(|key| !TEMPLATE.contains(&key.as_str()));
    unknown.extend(others.map(|key| format!("{at}.{key}")));
    Ok(template)
}
