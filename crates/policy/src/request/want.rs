//! One thing that a request asks for.

use longshore_names::{AccountId, RegistryId, RepositoryName};
use serde_json::{Map, Value, json};

use super::{RequestError, fields::Fields};
use crate::iam::{Effect, Element, MAX_CHARACTERS, Statement, explain_statement, resource::repository_arn};

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

/// Repositories of the other registry that a request speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatedRepositories {
    /// The one with this name.
    Named(RepositoryName),
    /// Those whose names begin with this text; all if it is empty.
    Beginning(String),
}

impl StatedRepositories {
    /// Whether a repository is one of them.
    pub fn include(&self, name: &RepositoryName) -> bool {
        match self {
            Self::Named(stated) => stated == name,
            Self::Beginning(prefix) => name.as_str().starts_with(prefix.as_str()),
        }
    }
}

impl Want {
    /// The repositories that it speaks of, where that can be said by name or by prefix.
    pub fn repositories(&self, registry: &RegistryId) -> Vec<StatedRepositories> {
        match self {
            Self::Repository { name } => vec![StatedRepositories::Named(name.clone())],
            Self::Template { .. } => Vec::new(),
            Self::RegistryPolicyStatement { statement } => {
                let view = statement.view();
                let (Effect::Allow, Element::Only(resources)) = (view.effect, view.resources) else {
                    return Vec::new();
                };
                let of_registry = repository_arn(registry, "");
                resources.iter().filter_map(|resource| stated(resource.strip_prefix(&of_registry)?)).collect()
            }
        }
    }

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

/// A name, or one with `*` at its end. Other patterns state no prefix.
fn stated(pattern: &str) -> Option<StatedRepositories> {
    let (begin, is_prefix) = match pattern.strip_suffix('*') {
        Some(begin) => (begin, true),
        None => (pattern, false),
    };
    if begin.contains(['*', '?', '$']) {
        return None;
    }
    match is_prefix {
        true => Some(StatedRepositories::Beginning(begin.to_owned())),
        false => begin.parse().ok().map(StatedRepositories::Named),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry_policy::{CrossAccountReplication, RepositoryScope};

    fn of(repositories: RepositoryScope) -> Vec<StatedRepositories> {
        let destination = RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap());
        let statement = CrossAccountReplication {
            sid: "ReplicationAccessCrossAccount".into(),
            sources: vec!["111122223333".parse().unwrap()],
            destination: destination.clone(),
            repositories,
            create_repository: true,
        }
        .statement();
        Want::RegistryPolicyStatement { statement }.repositories(&destination)
    }

    #[test]
    fn a_statement_states_prefixes_and_nothing_of_another_registry() {
        let prefixes = RepositoryScope::Prefixes(vec!["prod-".parse().unwrap(), "base".parse().unwrap()]);
        let found = of(prefixes);
        let begins = ["prod-", "base"].map(|text| StatedRepositories::Beginning(text.into()));
        assert_eq!(found, begins);
        assert!(found[0].include(&"prod-api".parse().unwrap()));
        assert!(!found[0].include(&"dev-api".parse().unwrap()));
        assert_eq!(of(RepositoryScope::All), [StatedRepositories::Beginning(String::new())]);
        assert_eq!(stated("app"), Some(StatedRepositories::Named("app".parse().unwrap())));
        for pattern in ["a?b", "a*b*", "${x}*"] {
            assert_eq!(stated(pattern), None, "{pattern}");
        }
        let elsewhere = RegistryId::new("444455556666".parse().unwrap(), "eu-west-1".parse().unwrap());
        let statement = CrossAccountReplication {
            sid: "Other".into(),
            sources: vec!["111122223333".parse().unwrap()],
            destination: elsewhere,
            repositories: RepositoryScope::All,
            create_repository: false,
        }
        .statement();
        let asked = RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap());
        assert_eq!(Want::RegistryPolicyStatement { statement }.repositories(&asked), []);
    }
}
