//! The planned work of a rule: its selection, and what is done for each destination.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use longshore_engine::{
    CopyPlan, CopyRequest, EngineError, Failure, OnConflict, PrunePlan, PruneRequest, Referrers, RunContext,
    Shard, Side, plan_prune, shard,
};
use longshore_names::{RepositoryName, Tag};
use longshore_policy::rule::{self, CompiledDestination, CompiledRule, Create, DestinationName, Registry};
use longshore_registry::{Platform, RepositoryState, Sink, Source};

use super::{
    SyncNote,
    choose::{Choice, choose},
    claims::{Wanted, settle, wanted},
    ecr_names,
    reopen::note,
    rules::{name, rule_source},
    settings::new_repositories,
};
use crate::{access::Endpoints, api::ApiError};

/// The options for planning a rule.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// The id of the call, by which its runs are found again.
    pub id: String,
    /// The time up to which ages are counted.
    pub now: DateTime<Utc>,
    /// The part of the work that belongs to this process.
    pub shard: Option<Shard>,
}

/// A rule that is planned and has not run.
pub struct RulePlan {
    /// The rule.
    pub rule: CompiledRule,
    /// Its selection, and why the rest is not selected.
    pub choice: Choice,
    /// In the order of the rule.
    pub destinations: Vec<DestinationPlan>,
    /// Worth knowing.
    pub notes: Vec<String>,
    /// Requests that planning made.
    pub requests: u64,
}

/// The plan for one destination.
pub struct DestinationPlan {
    /// The index of the rule's destination.
    pub place: usize,
    /// The registry's name.
    pub registry: String,
    /// What is copied.
    pub plan: CopyPlan,
    /// Images that the rule selects but that cannot be copied.
    pub refused: Vec<Refused>,
    /// What is removed afterwards; `None` when the rule removes nothing, or the source could not be
    /// read entirely.
    pub prune: Option<PrunePlan>,
    pub(super) context: RunContext,
}

impl DestinationPlan {
    /// Whether the rule allows images to expire afterwards.
    pub fn accepts_expiry(&self) -> bool {
        self.context.accept_expiry
    }
}

/// An image that a rule selects but that cannot be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `repository:tag` at the source.
    pub source: String,
    /// `repository:tag` at the destination.
    pub destination: String,
    /// Why.
    pub failure: Failure,
}

/// Reads the source, decides what the rule selects, and plans it for each destination. Changes
/// nothing.
///
/// # Errors
/// When a registry cannot be opened or read.
pub async fn plan_rule(
    endpoints: &Endpoints,
    rule: &CompiledRule,
    options: &SyncOptions,
) -> Result<RulePlan, ApiError> {
    let source = rule_source(endpoints, rule).await?;
    let choice = choose(&source, rule, options.now).await;
    let choice = choice.map_err(EngineError::source)?;
    let mut requests = 0;
    let mut destinations = Vec::with_capacity(rule.destinations().len());
    for place in 0..rule.destinations().len() {
        let planning = Planning { endpoints, rule, choice: &choice, source: &source, options, place };
        let (destination, asked) = planning.plan().await?;
        requests += asked;
        destinations.push(destination);
    }
    requests += source.stats().requests;
    let mut notes = notes(rule);
    notes.extend(source.remarks());
    Ok(RulePlan { rule: rule.clone(), choice, destinations, notes, requests })
}

fn notes(rule: &CompiledRule) -> Vec<String> {
    let mut notes = Vec::new();
    if rule.platforms().len() > 1 {
        notes.push(
            "Images for several platforms are copied whole: an index without some of its images would have another digest."
                .to_owned(),
        );
    }
    notes
}

struct Planning<'a> {
    endpoints: &'a Endpoints,
    rule: &'a CompiledRule,
    choice: &'a Choice,
    source: &'a Arc<dyn Source>,
    options: &'a SyncOptions,
    place: usize,
}

impl Planning<'_> {
    async fn plan(&self) -> Result<(DestinationPlan, u64), ApiError> {
        let destination = self.rule.destinations().get(self.place);
        let destination =
            destination.ok_or_else(|| ApiError::internal("A rule's destination does not exist."))?;
        let create = destination.create();
        let new = new_repositories(create);
        let sink = self.endpoints.creating(&name(destination.registry()), &new).await?;
        let counted_before = sink.stats().requests;
        // A directory is one repository, whatever its images were called.
        let one_repository = matches!(destination.registry(), Registry::Layout(_));
        let wanted = wanted(self.choice, self.place);
        let (mut wanted, mut refused) = settle(self.source.as_ref(), wanted, one_repository).await?;
        if let Some(part) = self.options.shard {
            // The process that puts the manifests of a repository also reports what cannot be put.
            refused.retain(|(wanted, _)| part.owns(&wanted.to.repository));
        }
        if matches!(create, Create::Never) {
            let absent = absent(sink.as_ref(), &wanted).await?;
            let (gone, there): (Vec<_>, Vec<_>) =
                wanted.into_iter().partition(|wanted| absent.contains(&wanted.to.repository));
            wanted = there;
            refused.extend(gone.into_iter().map(|wanted| (wanted, never_created(sink.as_ref(), wanted.to))));
        }
        if wanted.iter().any(|wanted| ecr_names::problem(&wanted.to.repository).is_some())
            && ecr_names::is_ecr(self.endpoints, sink.name()).await
        {
            let (named, wrong): (Vec<_>, Vec<_>) =
                wanted.into_iter().partition(|wanted| ecr_names::problem(&wanted.to.repository).is_none());
            wanted = named;
            refused.extend(wrong.into_iter().filter_map(|wanted| {
                let error = ecr_names::problem(&wanted.to.repository)?;
                Some((wanted, ecr_names::refusal(&wanted.to.repository, &error)))
            }));
        }
        let mut request = self.request(&wanted);
        request.now = self.options.now;
        request.on_conflict = match destination.on_conflict() {
            rule::OnConflict::Fail => OnConflict::Fail,
            rule::OnConflict::Skip => OnConflict::Skip,
            rule::OnConflict::Overwrite => OnConflict::Overwrite,
        };
        if let Some(part) = self.options.shard {
            request = request.for_shard(part);
        }
        let mut plan = longshore_engine::plan(self.source.clone(), sink.clone(), &request).await?;
        if let Some(part) = self.options.shard {
            plan = shard(plan, part);
        }
        // For repositories that were not read, the rule's selection is unknown.
        let prune = match self.rule.prune().filter(|_| self.choice.unread.is_empty()) {
            Some(cap) => {
                let kept = wanted.iter().chain(refused.iter().map(|(wanted, _)| wanted));
                let kept: Vec<Wanted<'_>> = kept.copied().collect();
                let mut keep = self.keep(destination, &kept);
                if one_repository {
                    let tags = keep.values().flatten().cloned().collect();
                    keep = keep.into_keys().next().map(|name| (name, tags)).into_iter().collect();
                }
                Some(plan_prune(sink.clone(), &PruneRequest { keep, cap: cap as usize }).await?)
            }
            None => None,
        };
        // The source's requests are counted by the caller that plans all destinations.
        let asked = match sink.name() == self.source.name() {
            true => 0,
            false => sink.stats().requests.saturating_sub(counted_before),
        };
        let refused = refused.into_iter().map(|(wanted, failure)| wanted.refused(failure)).collect();
        let registry = sink.name().to_owned();
        let place = self.place;
        let sync = SyncNote { id: self.options.id.clone(), rule: self.rule.name().to_owned(), place };
        let note = note(self.endpoints, Some(sync), &new).await;
        let accept_expiry = destination.accepts_expiry();
        let context = RunContext { note, accept_expiry, ..RunContext::new(self.source.clone(), sink) };
        Ok((DestinationPlan { place, registry, plan, refused, prune, context }, asked))
    }

    /// The names that stay where this process prunes: every name that the rule gives. If it is
    /// unknown whether the rule selects a tag, the tag's repository is not pruned.
    fn keep(
        &self,
        destination: &CompiledDestination,
        wanted: &[Wanted<'_>],
    ) -> BTreeMap<RepositoryName, BTreeSet<Tag>> {
        let undecided: BTreeSet<&RepositoryName> = self
            .choice
            .selections
            .iter()
            .filter(|selection| !selection.undecided.is_empty())
            .map(|selection| &selection.repository)
            .collect();
        let spared: BTreeSet<&RepositoryName> = wanted
            .iter()
            .filter(|wanted| undecided.contains(wanted.repository))
            .map(|wanted| &wanted.to.repository)
            .collect();
        let looked_at = |repository: &RepositoryName| {
            self.options.shard.is_none_or(|part| part.owns(repository)) && !spared.contains(repository)
        };
        let mut keep: BTreeMap<RepositoryName, BTreeSet<Tag>> = BTreeMap::new();
        // A repository from which the rule no longer selects anything is pruned too.
        let all = self.choice.selections.iter().filter(|selection| selection.undecided.is_empty());
        let all = all.filter_map(|selection| destination.name_of(&selection.repository).ok());
        keep.extend(all.filter(&looked_at).map(|name| (name, BTreeSet::new())));
        for wanted in wanted.iter().filter(|wanted| looked_at(&wanted.to.repository)) {
            keep.entry(wanted.to.repository.clone()).or_default().insert(wanted.to.tag.clone());
        }
        keep
    }

    fn request(&self, wanted: &[Wanted<'_>]) -> CopyRequest {
        let mut request = CopyRequest::new(wanted.iter().map(|wanted| wanted.item()).collect());
        request.referrers = match self.rule.referrers() {
            rule::Referrers::Without => Referrers::Without,
            rule::Referrers::With => Referrers::With,
            rule::Referrers::WherePossible => Referrers::WherePossible,
        };
        request.platform = match self.rule.platforms() {
            [one] => platform(one),
            _ => None,
        };
        request.source_tags.clone_from(&self.choice.tags);
        request
    }
}

async fn absent(sink: &dyn Sink, wanted: &[Wanted<'_>]) -> Result<BTreeSet<RepositoryName>, ApiError> {
    let repositories: BTreeSet<&RepositoryName> = wanted.iter().map(|wanted| &wanted.to.repository).collect();
    let mut absent = BTreeSet::new();
    for repository in repositories {
        let state = sink.state(repository).await;
        let state = state.map_err(EngineError::destination)?;
        if state == RepositoryState::Absent {
            absent.insert(repository.clone());
        }
    }
    Ok(absent)
}

fn never_created(sink: &dyn Sink, to: &DestinationName) -> Failure {
    Failure {
        code: "repository-not-found".into(),
        message: format!("destination: {} has no repository `{}`", sink.name(), to.repository),
        hint: "Create it there; the rule does not create repositories.".into(),
        side: Side::Destination,
    }
}

/// `os/architecture[/variant]`, already validated by the check of the rule.
fn platform(text: &str) -> Option<Platform> {
    let mut parts = text.splitn(3, '/').map(str::to_owned);
    let (os, architecture) = (parts.next()?, parts.next()?);
    Some(Platform { os, architecture, variant: parts.next(), os_version: None })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use async_trait::async_trait;
    use longshore_names::Digest;
    use longshore_policy::rule::read_rules;
    use longshore_registry::{BlobStream, Descriptor, Error, Manifest, RegistryErrorKind, TagOrDigest};

    use super::*;
    use crate::{MemoryStore, access::EndpointOptions};

    /// A registry of empty repositories, which may give no list of `team/web` for now.
    struct Partly {
        lists_all: bool,
    }

    fn no_answer() -> Error {
        RegistryErrorKind::Network { message: "no answer".into() }.at("registry.example.com")
    }

    #[async_trait]
    impl Source for Partly {
        fn name(&self) -> &str {
            "registry.example.com"
        }

        async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
            let is_listed = self.lists_all || repository.as_str() != "team/web";
            if is_listed { Ok(Vec::new()) } else { Err(no_answer()) }
        }

        async fn resolve(&self, _: &RepositoryName, _: &TagOrDigest) -> Result<Option<Descriptor>, Error> {
            Ok(None)
        }

        async fn manifest(&self, _: &RepositoryName, _: &Digest) -> Result<Manifest, Error> {
            Err(no_answer())
        }

        async fn blob(&self, _: &RepositoryName, _: &Descriptor, _: u64) -> Result<BlobStream, Error> {
            Err(no_answer())
        }

        async fn referrers(&self, _: &RepositoryName, _: &Digest) -> Result<Vec<Descriptor>, Error> {
            Ok(Vec::new())
        }
    }

    fn rule_to(layout: &Path) -> CompiledRule {
        let text = format!(
            "version: 1\nrules:\n  - name: r\n    source:\n      registry: registry.example.com\n      \
             repositories: [{{exact: team/api}}, {{exact: team/web}}]\n    destinations:\n      \
             - registry: oci:{}\n    prune: {{enabled: true}}\n",
            layout.display()
        );
        let (file, findings) = read_rules(&text);
        let file = file.unwrap_or_else(|| panic!("{findings:?}"));
        CompiledRule::compile(&file.rules[0]).unwrap()
    }

    /// A layout with a tag that the rule does not select.
    fn with_an_old_tag(layout: &Path) {
        std::fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        let index = serde_json::json!({"schemaVersion": 2, "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{}", "a".repeat(64)),
            "size": 1,
            "annotations": {"org.opencontainers.image.ref.name": "old"},
        }]});
        std::fs::write(layout.join("index.json"), index.to_string()).unwrap();
    }

    #[tokio::test]
    async fn no_tag_is_removed_while_a_repository_of_the_source_cannot_be_listed() {
        let layout = tempfile::tempdir().unwrap();
        with_an_old_tag(layout.path());
        let rule = rule_to(layout.path());
        let endpoints = Endpoints::new(EndpointOptions::new(None, Arc::new(MemoryStore::default())));
        let options = SyncOptions { id: "1".into(), now: Utc::now(), shard: None };
        for (lists_all, removed) in [(false, None), (true, Some(1))] {
            let source: Arc<dyn Source> = Arc::new(Partly { lists_all });
            let choice = choose(&source, &rule, options.now).await.unwrap();
            assert_eq!(choice.unread.is_empty(), lists_all);
            let planning = Planning {
                endpoints: &endpoints,
                rule: &rule,
                choice: &choice,
                source: &source,
                options: &options,
                place: 0,
            };
            let (planned, _) = planning.plan().await.unwrap();
            let removals = planned.prune.map(|prune| prune.removals.len());
            assert_eq!(removals, removed, "lists all: {lists_all}");
        }
    }
}
