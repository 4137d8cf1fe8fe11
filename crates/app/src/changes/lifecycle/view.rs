//! A lifecycle policy as it is, what it means, and what it would do.

use std::time::Duration;

use longshore_names::{ForeignText, RepositoryName};
use longshore_policy::{
    Finding, has_errors,
    lifecycle::{LifecyclePolicy, LifecycleRule, explain_rule, lint},
};

use crate::{
    App,
    api::{
        ApiError, CheckLifecycle, CheckedLifecycle, LifecycleEffect, LifecycleImage, LifecycleInUse,
        LifecyclePreview, LifecycleSentence, LifecycleView, PlacedFinding, PreviewLifecycle, RepositoryKey,
        UsageKind,
    },
    changes::permissions::base,
    errors::name_error,
    lifecycle::{Action, PreviewedImage, SparedPreview, preview},
    plans::{finding, finding_error},
};

/// The images that a preview lists.
const MOST: usize = 1_000;

impl App {
    /// The lifecycle policy of a repository, read now.
    ///
    /// # Errors
    /// When the repository does not exist or cannot be asked.
    pub async fn lifecycle(&self, key: RepositoryKey) -> Result<LifecycleView, ApiError> {
        let name: RepositoryName = key.repository.parse().map_err(name_error("repository"))?;
        let (connection, _) = self.place(&key.registry).await?;
        let text = connection.client.lifecycle_policy(&name).await?;
        // A document that cannot be read is shown as it is.
        let shown =
            |text: &str| LifecyclePolicy::parse(text).map_or(text.to_owned(), |policy| policy.pretty());
        Ok(LifecycleView { document: text.as_deref().map(shown), base: base(text.as_deref()) })
    }

    /// What a lifecycle policy means, and what is wrong with it. No network.
    ///
    /// # Errors
    /// None but an internal one: what is wrong is a finding.
    pub async fn check_lifecycle(&self, request: CheckLifecycle) -> Result<CheckedLifecycle, ApiError> {
        tokio::task::spawn_blocking(move || checked(&request.text))
            .await
            .map_err(|_| ApiError::internal("Checking the text ended without a result."))
    }

    /// What a lifecycle policy would do with the images of a repository.
    ///
    /// # Errors
    /// `lifecycle-refused` when ECR would not accept the policy; when the images cannot be listed.
    pub async fn preview_lifecycle(&self, request: PreviewLifecycle) -> Result<LifecyclePreview, ApiError> {
        let (_, rules) = accepted(&request.text)?;
        let listed = self.listed_images(&request.repository).await?;
        let ahead = Duration::from_secs(u64::from(request.days) * 24 * 60 * 60);
        let at = self.timing.clock.now() + ahead;
        let (as_of, images) = (listed.at, listed.images);
        let name: RepositoryName = request.repository.repository.parse().map_err(name_error("repository"))?;
        // Only what needs no further request: the preview is computed again with each movement.
        let mut search = request.usage;
        search.leave_out.extend([UsageKind::Findings, UsageKind::Destinations]);
        let usage = self.usage(&request.repository, &name, &images, &search).await;
        if let Some(problem) = usage.sources.iter().find_map(|source| source.problem.clone()) {
            return Err(problem);
        }
        let done = tokio::task::spawn_blocking(move || {
            let found = preview(&rules, &images, at, &usage);
            LifecyclePreview {
                at,
                as_of,
                images: found.images.iter().take(MOST).map(image).collect(),
                in_use: found.spared.iter().take(MOST).map(in_use).collect(),
                spared: number(found.totals.spared),
                rules: found
                    .rules
                    .iter()
                    .map(|effect| LifecycleEffect {
                        priority: effect.rule,
                        text: ForeignText::new(&effect.sentence).into(),
                        expired: number(effect.expired),
                        archived: number(effect.archived),
                        bytes_freed: effect.bytes_freed,
                    })
                    .collect(),
                total: number(found.totals.images),
                expired: number(found.totals.expired),
                archived: number(found.totals.archived),
                bytes_freed: found.totals.bytes_freed,
                notes: found.notes,
            }
        });
        done.await.map_err(|_| ApiError::internal("The preview ended without a result."))
    }
}

fn in_use(of: &SparedPreview<'_>) -> LifecycleInUse {
    LifecycleInUse { image: image(&of.would), used_by: ForeignText::new(&of.used_by).into() }
}

fn image(of: &PreviewedImage<'_>) -> LifecycleImage {
    LifecycleImage {
        digest: ForeignText::new(&of.image.digest).into(),
        tags: of.image.tags.iter().map(|tag| ForeignText::new(tag).into()).collect(),
        bytes: of.image.bytes,
        pushed: of.image.pushed,
        archived: of.action == Action::Archive,
        rule: of.rule,
        reason: ForeignText::new(&of.reason).into(),
    }
}

fn checked(text: &str) -> CheckedLifecycle {
    let found = lint(text);
    let rules = match found.policies.as_slice() {
        [policy] => policy.rules().unwrap_or_default(),
        _ => Vec::new(),
    };
    let findings = found.findings.iter().map(|found| {
        let at = found.position.map_or((1, 1), |at| (number(at.line), number(at.column)));
        PlacedFinding { finding: finding(found), line: at.0, column: at.1, fix: None }
    });
    let document = match found.policies.as_slice() {
        [policy] if found.found == 1 && !has_errors(&found.findings) => Some(policy.pretty()),
        _ => None,
    };
    CheckedLifecycle {
        rules: rules
            .iter()
            .map(|rule| LifecycleSentence {
                priority: rule.priority,
                text: ForeignText::new(explain_rule(rule)).into(),
            })
            .collect(),
        findings: findings.collect(),
        document,
    }
}

/// The policy in a text and its rules, as ECR would accept them.
pub(crate) fn accepted(text: &str) -> Result<(LifecyclePolicy, Vec<LifecycleRule>), ApiError> {
    let refused = |wrong: &Finding| {
        let error = finding_error(&finding(wrong));
        ApiError { code: "lifecycle-refused".into(), field: Some("text".into()), ..error }
    };
    let found = lint(text);
    if let Some(wrong) = found.findings.iter().find(|finding| finding.is_error()) {
        return Err(refused(wrong));
    }
    let [policy] = found.policies.as_slice() else {
        let text = format!("The text has {} lifecycle policies.", found.policies.len());
        return Err(ApiError::input("lifecycle-refused", "text", text).hint("Give a text with one."));
    };
    match policy.rules() {
        Ok(rules) => Ok((policy.clone(), rules)),
        Err(wrong) => Err(wrong.first().map_or_else(
            || ApiError::input("lifecycle-refused", "text", "The rules cannot be read."),
            refused,
        )),
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
