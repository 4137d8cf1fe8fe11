//! Plans that write the policy of a repository.

use longshore_names::RepositoryName;
use longshore_policy::registry_policy::RegistryPolicy;

use super::{merge::rebased, plan::not_a_policy};
use crate::{
    App,
    api::{ApiError, RepositoryKey},
    changes::settings::SetRepositoryPolicy,
    documents::parse_policy,
    errors::name_error,
    plans::{Content, Draft, counted, finding, finding_error, place},
    policies::{LintOptions, PolicyKind, lint},
    steps::DocumentChange,
};

/// Replaces a repository's policy with a text, or deletes it if there is none.
pub(crate) async fn plan_put_repository(
    app: &App,
    repository: &RepositoryKey,
    text: Option<&str>,
    base: Option<&str>,
) -> Result<Content, ApiError> {
    let RepositoryKey { registry, repository: name } = repository;
    let name: RepositoryName = name.parse().map_err(name_error("repository"))?;
    let edited = parse_policy(text).map_err(|error| not_a_policy(&error))?;
    let (connection, context) = app.place(registry).await?;
    let before = connection.client.repository_policy(&name).await?;
    let (after, since) = match base {
        Some(base) => rebased(app, edited, base, before.as_deref())?,
        None => (edited, Vec::new()),
    };
    let same = before
        .as_deref()
        .map_or(after.is_empty(), |before| RegistryPolicy::parse(before).is_ok_and(|before| before == after));
    let after = match after.is_empty() {
        // ECR accepts no policy without statements.
        true => None,
        false => Some(checked_repository_policy(&after.to_text(), "text")?),
    };
    let place = place(app, registry);
    let (title, words) = match after {
        Some(_) => ("Replace", format!("Write the policy of repository `{name}` of {place}")),
        None => ("Delete", format!("Delete the policy of repository `{name}` of {place}")),
    };
    let mut draft = Draft::new(registry.space, format!("{title} the policy of {name}"));
    if same {
        draft.note("nothing-to-do", "The repository's policy already says this.");
        return Ok(draft.content);
    }
    if !since.is_empty() {
        let text =
            format!("The policy has changed since you opened it; these changes stay: {}.", since.join("; "));
        draft.warning("changed-since-opened", text, Some("Review the changes before you run it."));
    }
    let document = DocumentChange::of(before, after);
    draft.step(&context, words, None, SetRepositoryPolicy { name, document });
    Ok(draft.content)
}

/// A repository policy that ECR would accept, as JSON. `field` is what an error names.
pub(in crate::changes) fn checked_repository_policy(text: &str, field: &str) -> Result<String, ApiError> {
    let options = LintOptions { kind: Some(PolicyKind::Repository), ..LintOptions::default() };
    let report = lint(text, &options);
    if let Some(wrong) = report.findings.iter().find(|found| found.finding.is_error()) {
        let error = finding_error(&finding(&wrong.finding));
        return Err(ApiError { field: Some(field.into()), ..error });
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        let text = format!("The repository policy is not JSON: {error}.");
        ApiError::input("policy-unreadable", field, text)
    })?;
    if report.documents.len() != 1 {
        let text = format!("The text has {}.", counted(report.documents.len(), "policy document"));
        return Err(ApiError::input("policy-unreadable", field, text));
    }
    Ok(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_checked_before_it_is_planned() {
        let good = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Pull","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["ecr:BatchGetImage"]}]}"#;
        assert!(checked_repository_policy(good, "text").is_ok());
        for wrong in ["", "{", &good.replace("ecr:BatchGetImage", "ecr:BatchGetImagee")] {
            assert_eq!(
                checked_repository_policy(wrong, "text").unwrap_err().field.as_deref(),
                Some("text"),
                "{wrong}"
            );
        }
    }
}
