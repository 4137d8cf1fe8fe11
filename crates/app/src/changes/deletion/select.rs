//! Which images of a repository the rules select, and who uses them.

use std::{collections::HashMap, time::Duration};

use longshore_names::RepositoryName;
use longshore_policy::deletion::{self, Decision, DeletionRule, DeletionRules, Freed, Repository};

use crate::{
    App,
    access::Connection,
    api::{ApiError, CleanImages, CleanRule, RepositoryKey},
    errors::name_error,
    lifecycle::{DescribedImages, NothingInUse},
    plans::{counted, finding, finding_error},
    steps::Context,
    usage::Usage,
};

/// What rules do in a repository.
pub(super) struct Selected {
    pub(super) name: RepositoryName,
    pub(super) context: Context,
    pub(super) connection: Connection,
    pub(super) listed: DescribedImages,
    pub(super) members: HashMap<String, Vec<String>>,
    pub(super) usage: Usage,
    pub(super) decision: Decision,
    pub(super) freed: Freed,
    pub(super) notes: Vec<String>,
}

impl Selected {
    pub(super) fn repository(&self) -> Repository<'_> {
        Repository { images: &self.listed.images, members: &self.members }
    }
}

/// The rules of a request.
///
/// # Errors
/// The first problem, with its field.
pub(super) fn rules(clean: &CleanImages) -> Result<DeletionRules, ApiError> {
    let rule = |rule: &CleanRule| DeletionRule {
        older_than: rule.older_than.map(Duration::from_secs),
        untagged: rule.untagged,
        not_pulled: rule.not_pulled.map(Duration::from_secs),
        tags: rule.tags.clone(),
        superseded: rule.superseded,
        keep: rule.keep,
    };
    let rules = DeletionRules { rules: clean.rules.iter().map(rule).collect(), take_along: clean.take_along };
    match rules.problems().first() {
        Some(problem) => Err(finding_error(&finding(problem))),
        None => Ok(rules),
    }
}

/// Lists a repository, asks who uses its images, and decides.
///
/// # Errors
/// When the repository cannot be read. A source of use that cannot be read is no error here.
pub(super) async fn select(
    app: &App,
    key: &RepositoryKey,
    rules: &DeletionRules,
    clean: &CleanImages,
) -> Result<Selected, ApiError> {
    let name: RepositoryName = key.repository.parse().map_err(name_error("repositories"))?;
    let (connection, context) = app.place(&key.registry).await?;
    let listed = app.images_as_used(key).await?;
    let usage = app.usage(key, &name, &listed, &clean.usage).await;
    let now = app.now();
    let (mut members, mut notes) = (HashMap::new(), Vec::new());
    let first = deletion::decide(
        rules,
        &Repository { images: &listed.images, members: &members },
        now,
        &NothingInUse,
    );
    // Reading an index counts as a pull, so none is read in vain.
    let indexes = listed.images.iter().filter(|image| image.is_index).count();
    if indexes > 0 && !(first.deleted.is_empty() && first.kept.is_empty()) {
        members = app.members_of_indexes(&key.registry, &name, &listed).await?;
        let indexes = if indexes == 1 { "1 index".to_owned() } else { format!("{indexes} indexes") };
        notes.push(format!(
            "What {indexes} of the repository list was read, which ECR records as a pull of each; rules here do not count it."
        ));
    }
    let repository = Repository { images: &listed.images, members: &members };
    let decision = deletion::decide(rules, &repository, now, &usage);
    let layers = app.known_layers(&listed).await?;
    let freed = deletion::freed(&repository, &decision.deleted, &layers);
    if freed.bytes > 0 && !freed.is_exact {
        notes.push(
            "Layers that several images share are counted for each of them, so fewer bytes may be freed."
                .to_owned(),
        );
    }
    let unread =
        listed.images.iter().filter(|image| image.is_index && !members.contains_key(&image.digest)).count();
    if !notes.is_empty() && unread > 0 && indexes > 0 && !members.is_empty() {
        notes.push(format!("{} could not be read, such as one in the archive.", counted(unread, "index")));
    }
    Ok(Selected { name, context, connection, listed, members, usage, decision, freed, notes })
}
