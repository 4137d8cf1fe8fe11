//! Candidates for the clean-up of a rule.

use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::EcrClient;
use longshore_names::{RegistryId, RepositoryName};
use longshore_policy::{
    registry_policy::{StatementView, explain_statement},
    replication::{ReplicationConfiguration, RuleView, explain_rule},
};

use super::{
    replicated::{Divided, Sides},
    snapshots::{AT_ONCE, Snapshot},
    statements::{self, lets_in, others},
};
use crate::{
    App,
    api::{
        ApiError, CleanUpCandidates, CleanUpProblem, CleanUpReason, CleanUpRepository, CleanUpStatement,
        GetCleanUp, LookIntoCleanUp, RegistryKey, RepositoryKey, StatementKey,
    },
    documents::{find_rule, parse_policy},
    errors::name_error,
    made::{self, Made},
};

/// Repositories of one registry that are shown. The rest can be cleaned up afterwards.
const SHOWN: usize = 200;
/// Images of one destination about which ECR is asked, one call each, without a request to do so.
const ASKED: usize = 1_000;

impl App {
    /// What can be cleaned up for a rule: repositories on both sides and statements, with what
    /// would be deleted and what would stay. Only what the rule replicated, or what was created for
    /// it, is initially chosen; every other entry says why it is not.
    ///
    /// # Errors
    /// `rule-changed` when the rule was changed or removed; the reason why the source cannot be
    /// read. A destination that cannot be read is in [`problems`](CleanUpCandidates::problems).
    pub async fn clean_up(&self, request: GetCleanUp) -> Result<CleanUpCandidates, ApiError> {
        let GetCleanUp { registry, rule } = request;
        let connection = self.connection(&registry).await?;
        let source = &connection.client;
        let configuration = ReplicationConfiguration::from_value(source.replication_configuration().await?)?;
        let rule = match rule {
            Some(id) => Some(find_rule(&configuration, &id)?),
            None => None,
        };
        let known = rule.as_ref();
        let others: Vec<_> = configuration
            .rules()
            .into_iter()
            .filter(|other| known.is_none_or(|r| r.hash != other.hash))
            .collect();
        let snapshot = self.snapshots.begin(&registry, self.now());
        let names: Vec<_> = source.repositories().await?.into_iter().map(|found| found.name).collect();
        let reasons = self.source_reasons(&registry, &names, known, &others).await?;
        let mut candidates = CleanUpCandidates {
            source: registry.clone(),
            rule: known.map(|rule| explain_rule(rule, source.registry(), &self.namer(registry.space))),
            source_repositories: Vec::new(),
            more_source_repositories: more(reasons.len()),
            destination_repositories: Vec::new(),
            more_destination_repositories: 0,
            statements: Vec::new(),
            problems: Vec::new(),
        };
        candidates.source_repositories = stream::iter(reasons.into_iter().take(SHOWN))
            .map(|(name, why)| at_source(&snapshot, source, &registry, name, why))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let Some(rule) = rule else { return Ok(candidates) };
        for destination in &rule.destinations {
            let key = RegistryKey::of(registry.space, destination);
            let seen = async {
                let sides = Sides::new(self, &snapshot, source, &registry, &key).await?;
                let (repositories, more) = self.at_destination(&sides, &rule, &names).await?;
                let statements = self.statements_for(&sides, &rule, &others, destination).await?;
                Ok::<_, ApiError>((repositories, more, statements))
            };
            match seen.await {
                Ok((repositories, more, statements)) => {
                    candidates.destination_repositories.extend(repositories);
                    candidates.more_destination_repositories += more;
                    candidates.statements.extend(statements);
                }
                Err(error) => candidates.problems.push(CleanUpProblem { registry: key, error }),
            }
        }
        Ok(candidates)
    }

    /// Checks a destination's repository that was too large to be checked without being asked.
    ///
    /// # Errors
    /// When either side cannot be read.
    pub async fn look_into_clean_up(&self, request: LookIntoCleanUp) -> Result<CleanUpRepository, ApiError> {
        let LookIntoCleanUp { source, repository } = request;
        let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
        let connection = self.connection(&source).await?;
        let snapshot = self.snapshots.current(&source, self.now());
        let sides = Sides::new(self, &snapshot, &connection.client, &source, &repository.registry).await?;
        let divided = sides.divide(&name).await?.unwrap_or_default();
        self.divided(&sides, &name, &divided).await
    }

    /// Repositories of the source that relate to the rule or that this app created, and why each is
    /// chosen or not: chosen ones first, then by name.
    async fn source_reasons(
        &self,
        registry: &RegistryKey,
        names: &[RepositoryName],
        rule: Option<&RuleView>,
        others: &[RuleView],
    ) -> Result<Vec<(RepositoryName, CleanUpReason)>, ApiError> {
        let ours = self.made(Made::Repository, registry).await?;
        let promotions = self.made(Made::Promotion, registry).await?;
        let taken: Vec<_> = names.iter().filter(|name| rule.is_some_and(|rule| rule.takes(name))).collect();
        let promoted =
            |from: &RepositoryName| taken.iter().any(|to| promotions.contains(&made::promotion(from, to)));
        let mut found = Vec::new();
        for name in names {
            let made = ours.contains(name.as_str());
            let takes = rule.is_some_and(|rule| rule.takes(name));
            let promoted = !takes && promoted(name);
            let why = match (takes || promoted, made) {
                (true, true) if others.iter().any(|other| other.takes(name)) => CleanUpReason::OtherRule,
                (true, true) if promoted => CleanUpReason::PromotedFrom,
                (true, true) => CleanUpReason::Made,
                (true, false) => CleanUpReason::MadeByOthers,
                (false, true) => CleanUpReason::Unrelated,
                (false, false) => continue,
            };
            found.push((name.clone(), why));
        }
        found.sort_by_key(|(name, why)| (!why.is_chosen(), name.clone()));
        Ok(found)
    }

    /// Repositories of a destination into which something was replicated, and how many more there
    /// are.
    async fn at_destination(
        &self,
        sides: &Sides<'_>,
        rule: &RuleView,
        at_source: &[RepositoryName],
    ) -> Result<(Vec<CleanUpRepository>, u32), ApiError> {
        let there = sides.destination.repositories().await?.into_iter().map(|found| found.name);
        let mut names: Vec<_> = there
            .filter(|name| rule.takes(name) && (at_source.contains(name) || sides.has_copied(name)))
            .collect();
        let more = more(names.len());
        names.truncate(SHOWN);
        let sizes: Vec<(RepositoryName, (usize, usize))> = stream::iter(names)
            .map(|name| async move { Ok::<_, ApiError>((name.clone(), sides.size(&name).await?)) })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut left = ASKED;
        let snapshots = sizes.into_iter().map(|(name, (there, asked))| {
            let small = asked <= left;
            left -= if small { asked } else { 0 };
            async move {
                if small {
                    let divided = sides.divide(&name).await?.unwrap_or_default();
                    self.divided(sides, &name, &divided).await
                } else {
                    Ok(repository(
                        sides.destination_key,
                        &name,
                        there,
                        0,
                        false,
                        CleanUpReason::NotLookedInto,
                    ))
                }
            }
        });
        let found: Vec<CleanUpRepository> = stream::iter(snapshots).buffered(AT_ONCE).try_collect().await?;
        let found = found.into_iter().filter(|known| known.why != CleanUpReason::NothingCame).collect();
        Ok((found, more))
    }

    async fn divided(
        &self,
        sides: &Sides<'_>,
        name: &RepositoryName,
        divided: &Divided,
    ) -> Result<CleanUpRepository, ApiError> {
        let (replicated, stays) = (divided.replicated.len(), divided.stays.len());
        let why = match (replicated, stays) {
            (0, _) => CleanUpReason::NothingCame,
            (_, 0) => CleanUpReason::Came,
            _ => CleanUpReason::HoldsOthers,
        };
        let ours = self.made(Made::Repository, sides.destination_key).await?.contains(name.as_str());
        Ok(repository(sides.destination_key, name, replicated, stays, ours, why))
    }

    async fn statements_for(
        &self,
        sides: &Sides<'_>,
        rule: &RuleView,
        other_rules: &[RuleView],
        destination: &RegistryId,
    ) -> Result<Vec<CleanUpStatement>, ApiError> {
        let account = &sides.source.registry().account;
        if destination.account == *account {
            return Ok(Vec::new());
        }
        let key = sides.destination_key;
        let policy = parse_policy(sides.destination.registry_policy().await?.as_deref())?;
        let made = self.made(Made::Statement, key).await?;
        let view = |statement: StatementView| {
            let ours = made.contains(statement.hash.as_str());
            let why = statements::reason(&statement, ours, account, destination, rule, other_rules);
            CleanUpStatement {
                key: StatementKey { registry: key.clone(), statement: statement.hash.to_string() },
                sid: statement.sid.clone(),
                sentence: explain_statement(&statement, destination, &self.namer(key.space)),
                other_accounts: others(&statement, account),
                ours,
                chosen: why.is_chosen(),
                why,
            }
        };
        let statements = policy.statements().into_iter();
        Ok(statements.filter(|statement| lets_in(statement, account)).map(view).collect())
    }
}

async fn at_source(
    snapshot: &Snapshot,
    client: &EcrClient,
    registry: &RegistryKey,
    name: RepositoryName,
    why: CleanUpReason,
) -> Result<CleanUpRepository, ApiError> {
    let images = snapshot.images(client, registry, &name).await?.map_or(0, |images| images.len());
    let ours = why != CleanUpReason::MadeByOthers;
    Ok(repository(registry, &name, images, 0, ours, why))
}

fn repository(
    registry: &RegistryKey,
    name: &RepositoryName,
    images: usize,
    staying: usize,
    ours: bool,
    why: CleanUpReason,
) -> CleanUpRepository {
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    CleanUpRepository {
        repository: RepositoryKey { registry: registry.clone(), repository: name.to_string() },
        images: count(images),
        staying: count(staying),
        ours,
        chosen: why.is_chosen(),
        why,
    }
}

fn more(all: usize) -> u32 {
    u32::try_from(all.saturating_sub(SHOWN)).unwrap_or(u32::MAX)
}
