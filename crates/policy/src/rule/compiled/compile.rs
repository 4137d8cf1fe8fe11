//! A rule with every text parsed.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::{NameError, RepositoryName};

use crate::rule::{
    Create, NewestBy, OnConflict, Referrers, Registry, Rule, RuleFile, TagFilter, Timetable, Windows,
    compiled::check_destination,
    compiled::check_rules,
    compiled::matcher::{Matcher, PatternProblem},
    compiled::naming::Naming,
    units::bandwidth::parse_bandwidth,
    units::duration::parse_duration,
    units::moment::parse_moment,
    units::platform::PlatformPattern,
};
use crate::{FieldPath, Finding, has_errors};

/// A rule that is ready to run: every pattern is compiled, every duration and time zone parsed.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    pub(in crate::rule) rule: Rule,
    pub(in crate::rule) source: Registry,
    pub(in crate::rule) repositories: Vec<Matcher>,
    pub(in crate::rule) excluded: Vec<Matcher>,
    pub(in crate::rule) tags: Tags,
    pub(in crate::rule) platforms: Vec<PlatformPattern>,
    pub(in crate::rule) destinations: Vec<CompiledDestination>,
    pub(in crate::rule) timetable: Option<Timetable>,
    pub(in crate::rule) bandwidth: Option<u64>,
    pub(in crate::rule) windows: Windows,
}

/// The parsed filter for tags.
#[derive(Debug, Clone, Default)]
pub(in crate::rule) struct Tags {
    pub(in crate::rule) include: Vec<Matcher>,
    pub(in crate::rule) exclude: Vec<Matcher>,
    pub(in crate::rule) newest: Option<(usize, NewestBy)>,
    pub(in crate::rule) pushed_after: Option<DateTime<Utc>>,
    pub(in crate::rule) pushed_before: Option<DateTime<Utc>>,
    pub(in crate::rule) minimum_age: Option<TimeDelta>,
}

/// A destination that is ready to run.
#[derive(Debug, Clone)]
pub struct CompiledDestination {
    pub(in crate::rule) registry: Registry,
    pub(in crate::rule) naming: Naming,
    pub(in crate::rule) create: Create,
    pub(in crate::rule) on_conflict: OnConflict,
    pub(in crate::rule) accepts_expiry: bool,
}

impl CompiledDestination {
    /// The registry that the rule copies to.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The name here of a repository of the source.
    ///
    /// # Errors
    /// When no repository can have that name here.
    pub fn name_of(&self, repository: &RepositoryName) -> Result<RepositoryName, NameError> {
        self.naming.repository(repository)
    }

    /// How missing repositories are handled.
    pub fn create(&self) -> &Create {
        &self.create
    }

    /// What happens if a tag exists with another digest.
    pub fn on_conflict(&self) -> OnConflict {
        self.on_conflict
    }

    /// Whether images are copied even if lifecycle policies here expire images afterwards.
    pub fn accepts_expiry(&self) -> bool {
        self.accepts_expiry
    }
}

impl CompiledRule {
    /// Compiles `rule`.
    ///
    /// # Errors
    /// All problems; fields are paths inside the rule, such as
    /// `source.tags.include[0]`.
    pub fn compile(rule: &Rule) -> Result<Self, Vec<Finding>> {
        let (compiled, findings) = Self::compile_at(rule, &FieldPath::new(""));
        compiled.ok_or(findings)
    }

    /// Compiles the rule at `at`; also returns warnings and notes.
    pub(in crate::rule) fn compile_at(rule: &Rule, at: &FieldPath) -> (Option<Self>, Vec<Finding>) {
        let mut compiler = Compiler { findings: Vec::new() };
        let compiled = compiler.rule(rule, at);
        let Compiler { mut findings } = compiler;
        if let Some(compiled) = &compiled {
            findings.extend(check_rules::check_rule(compiled, at));
        }
        (compiled.filter(|_| !has_errors(&findings)), findings)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.rule.name
    }

    /// The rule as it is written.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The registry that the rule copies from.
    pub fn source(&self) -> &Registry {
        &self.source
    }

    /// The registries that the rule copies to, in the order of the file.
    pub fn destinations(&self) -> &[CompiledDestination] {
        &self.destinations
    }

    /// What happens to artifacts that refer to an image.
    pub fn referrers(&self) -> Referrers {
        self.rule.source.referrers.unwrap_or(Referrers::WherePossible)
    }

    /// The platforms, as written; an image must have one of them. Empty for any. If there is only
    /// one, its image is copied out of each index.
    pub fn platforms(&self) -> &[String] {
        &self.rule.source.platforms
    }

    /// The most tags that one run may remove; `None` when the rule removes nothing.
    pub fn prune(&self) -> Option<u32> {
        self.rule.prune.as_ref().filter(|prune| prune.enabled).map(|prune| prune.max)
    }

    /// When the rule runs automatically.
    pub fn timetable(&self) -> Option<&Timetable> {
        self.timetable.as_ref()
    }

    /// The most bytes to write per second.
    pub fn bandwidth(&self) -> Option<u64> {
        self.bandwidth
    }

    /// The most concurrent requests to one registry.
    pub fn concurrency(&self) -> Option<u32> {
        self.rule.limits.as_ref().and_then(|limits| limits.concurrency)
    }

    /// Times in which data may be transferred.
    pub fn windows(&self) -> &Windows {
        &self.windows
    }
}

/// All problems of a file and notes about it; fields are paths in the file.
pub fn check(file: &RuleFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.version != RuleFile::VERSION {
        let text =
            format!("This is version {}; this program reads version {}.", file.version, RuleFile::VERSION);
        findings.push(Finding::error("rules-version", text).at(FieldPath::new("version")));
    }
    let rules = FieldPath::new("rules");
    if file.rules.is_empty() {
        findings.push(
            Finding::warning("rules-empty", "There is no rule, so nothing is copied.").at(rules.clone()),
        );
    }
    let compiled: Vec<(usize, CompiledRule)> = file
        .rules
        .iter()
        .enumerate()
        .filter_map(|(i, rule)| {
            let (compiled, of_rule) = CompiledRule::compile_at(rule, &rules.item(i));
            findings.extend(of_rule);
            compiled.map(|compiled| (i, compiled))
        })
        .collect();
    findings.extend(check_rules::check_names(file));
    findings.extend(check_rules::check_pruning(&compiled));
    findings
}

/// Collects the findings while it compiles a rule.
pub(in crate::rule) struct Compiler {
    pub(in crate::rule) findings: Vec<Finding>,
}

impl Compiler {
    pub(in crate::rule) fn error(&mut self, code: &'static str, at: FieldPath, text: impl Into<String>) {
        self.findings.push(Finding::error(code, text).at(at));
    }

    /// Returns a value, or reports its problem (a sentence without a full stop) at its field.
    pub(in crate::rule) fn take<T, E: std::fmt::Display>(
        &mut self,
        code: &'static str,
        at: FieldPath,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_err(|problem| self.error(code, at, crate::sentence::whole(&problem.to_string()))).ok()
    }

    fn optional<T, E: std::fmt::Display>(
        &mut self,
        code: &'static str,
        at: FieldPath,
        text: Option<&String>,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.take(code, at, read(text?))
    }

    fn matchers<P>(
        &mut self,
        at: &FieldPath,
        patterns: &[P],
        kind: impl Fn(&P) -> &'static str,
        read: impl Fn(&P) -> Result<Matcher, PatternProblem>,
    ) -> Vec<Matcher> {
        let mut matchers = Vec::with_capacity(patterns.len());
        if patterns.len() > 1_000 {
            self.error("rule-patterns", at.clone(), "A list can have at most 1,000 patterns.");
            return matchers;
        }
        for (i, pattern) in patterns.iter().enumerate() {
            match read(pattern) {
                Ok(matcher) => matchers.push(matcher),
                Err(problem) => {
                    let mut finding =
                        Finding::error(problem.code, problem.text).at(at.item(i).child(kind(pattern)));
                    finding.hint = problem.hint;
                    self.findings.push(finding);
                }
            }
        }
        matchers
    }

    fn rule(&mut self, rule: &Rule, at: &FieldPath) -> Option<CompiledRule> {
        let source_at = at.child("source");
        let source = &rule.source;
        let registry =
            self.take("rule-registry", source_at.child("registry"), source.registry.parse::<Registry>());
        let repositories = self.matchers(
            &source_at.child("repositories"),
            &source.repositories,
            crate::rule::RepositoryPattern::kind,
            Matcher::of_repository,
        );
        let excluded = self.matchers(
            &source_at.child("exclude"),
            &source.exclude,
            crate::rule::RepositoryPattern::kind,
            Matcher::of_repository,
        );
        let tags = self.tags(source.tags.as_ref(), &source_at.child("tags"));
        let platforms = source
            .platforms
            .iter()
            .enumerate()
            .filter_map(|(i, text)| {
                self.take("rule-platform", source_at.child("platforms").item(i), PlatformPattern::parse(text))
            })
            .collect();
        self.pairs(&source.labels, &source_at.child("labels"));
        self.pairs(&source.annotations, &source_at.child("annotations"));
        let destinations_at = at.child("destinations");
        if rule.destinations.is_empty() {
            self.error("rule-destinations", destinations_at.clone(), "A rule needs a destination.");
        }
        let destinations: Vec<CompiledDestination> = rule
            .destinations
            .iter()
            .enumerate()
            .filter_map(|(i, destination)| {
                check_destination::compile(self, destination, rule, &destinations_at.item(i))
            })
            .collect();
        let timetable = rule.schedule.as_ref().and_then(|schedule| {
            let at = at.child("schedule");
            Timetable::parse(schedule)
                .map_err(|(key, problem)| {
                    let at = if key.is_empty() { at } else { at.child(key) };
                    self.error("rule-schedule", at, crate::sentence::whole(&problem));
                })
                .ok()
        });
        let limits_at = at.child("limits");
        let limits = rule.limits.as_ref();
        let bandwidth = self.optional(
            "rule-bandwidth",
            limits_at.child("bandwidth"),
            limits.and_then(|limits| limits.bandwidth.as_ref()),
            parse_bandwidth,
        );
        if let Some(number) = limits.and_then(|limits| limits.concurrency)
            && !(1..=256).contains(&number)
        {
            self.error(
                "rule-concurrency",
                limits_at.child("concurrency"),
                "Concurrency must be a number from 1 to 256.",
            );
        }
        let (windows, problems) = Windows::parse(limits.map_or(&[], |limits| limits.windows.as_slice()));
        for (i, key, problem) in problems {
            let at = limits_at.child("windows").item(i).child(key);
            self.error("rule-window", at, crate::sentence::whole(&problem));
        }
        if let Some(prune) = &rule.prune
            && prune.max == 0
        {
            let text = "`max` must be at least 1; leave `prune` out to remove nothing.";
            self.error("rule-prune", at.child("prune").child("max"), text);
        }
        if has_errors(&self.findings) {
            return None;
        }
        Some(CompiledRule {
            rule: rule.clone(),
            source: registry?,
            repositories,
            excluded,
            tags,
            platforms,
            destinations,
            timetable,
            bandwidth,
            windows,
        })
    }

    fn tags(&mut self, filter: Option<&TagFilter>, at: &FieldPath) -> Tags {
        let Some(filter) = filter else { return Tags::default() };
        let mut list = |key: &str, patterns: &[crate::rule::TagPattern]| {
            self.matchers(&at.child(key), patterns, crate::rule::TagPattern::kind, Matcher::of_tag)
        };
        let include = list("include", &filter.include);
        let exclude = list("exclude", &filter.exclude);
        let only_versions = !filter.include.is_empty()
            && filter.include.iter().all(|p| matches!(p, crate::rule::TagPattern::Semver(_)));
        let by = filter.newest_by.unwrap_or(if only_versions { NewestBy::Version } else { NewestBy::Pushed });
        if filter.newest == Some(0) {
            self.error("rule-newest", at.child("newest"), "`newest` must be at least 1.");
        }
        if filter.newest_by.is_some() && filter.newest.is_none() {
            self.error("rule-newest", at.child("newest_by"), "`newest_by` has no effect without `newest`.");
        }
        let pushed_after =
            self.optional("rule-date", at.child("pushed_after"), filter.pushed_after.as_ref(), parse_moment);
        let pushed_before = self.optional(
            "rule-date",
            at.child("pushed_before"),
            filter.pushed_before.as_ref(),
            parse_moment,
        );
        if let (Some(after), Some(before)) = (pushed_after, pushed_before)
            && before <= after
        {
            let text = "`pushed_before` is not after `pushed_after`, so no image would be copied.";
            self.error("rule-dates", at.child("pushed_before"), text);
        }
        let minimum_age = self.optional(
            "rule-duration",
            at.child("minimum_age"),
            filter.minimum_age.as_ref(),
            parse_duration,
        );
        Tags {
            include,
            exclude,
            newest: filter.newest.map(|number| (number as usize, by)),
            pushed_after,
            pushed_before,
            minimum_age,
        }
    }

    fn pairs(&mut self, pairs: &BTreeMap<String, String>, at: &FieldPath) {
        if pairs.len() > 50 {
            self.error("rule-pairs", at.clone(), "At most 50 keys are allowed.");
        }
        if pairs.keys().any(|key| key.is_empty() || key.chars().count() > 256) {
            self.error("rule-pairs", at.clone(), "A key must have 1 to 256 characters.");
        }
    }
}
