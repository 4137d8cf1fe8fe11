//! What a rule would select, from what has been read so far. No network.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use longshore_names::{Tag, capital};
use longshore_policy::rule::{CompiledRule, ImageFacts, Needs, Registry, Selection, select};

use super::input;
use crate::{
    App,
    api::{
        ApiError, EnginePreviewShow, EngineRulePreview, EngineRulePreviewRequest, EngineRulePreviewRow,
        EngineVerdict, RegistryKey,
    },
    inventory::SeenTags,
};

impl App {
    /// What an engine rule would select, from what has been read so far; no network.
    ///
    /// # Errors
    /// `rule-shape`; when the database cannot be read.
    pub async fn preview_engine_rule(
        &self,
        request: EngineRulePreviewRequest,
    ) -> Result<EngineRulePreview, ApiError> {
        let understood = input::understand(&request.rule)?;
        let mut preview = EngineRulePreview {
            known: false,
            selected: 0,
            not_selected: 0,
            undecided: 0,
            repositories: 0,
            bytes: 0,
            total: 0,
            rows: Vec::new(),
            unknown: Vec::new(),
            read: None,
            findings: understood.findings,
        };
        let Some(rule) = understood.rule else { return Ok(preview) };
        let Some(source) = input::key(self, request.space, rule.source()).await else {
            preview.unknown.push(format!(
                "{} belongs to no known account, so its content is known only when the rule is planned.",
                rule.source()
            ));
            return Ok(preview);
        };
        preview.known = true;
        let now = self.now();
        let seen = self.inventory.tags_of(&source).await?;
        let counted = tokio::task::spawn_blocking(move || count(preview, &rule, seen, now, &request));
        let (mut preview, rule) =
            counted.await.map_err(|_| ApiError::internal("A preview ended without a result."))?;
        preview.unknown = self.not_known(&rule, &source, preview.undecided, preview.read).await;
        Ok(preview)
    }

    /// What the inventory cannot tell.
    async fn not_known(
        &self,
        rule: &CompiledRule,
        source: &RegistryKey,
        undecided: u32,
        read: Option<DateTime<Utc>>,
    ) -> Vec<String> {
        let mut unknown = Vec::new();
        if read.is_none() {
            unknown.push(format!("{} has not been read yet.", self.accounts.label(source)));
        }
        let needs = rule.needs();
        let words: Vec<&str> =
            [(needs.labels, "labels"), (needs.annotations, "annotations"), (needs.platforms, "platforms")]
                .into_iter()
                .filter_map(|(needed, word)| needed.then_some(word))
                .collect();
        if undecided > 0 && !words.is_empty() {
            unknown.push(format!(
                "{} of images are read when the rule is planned; on ECR that counts as a pull.",
                capital(&words.join(" and "))
            ));
        }
        unknown.push("What the destinations already have is known only when the rule is planned.".into());
        let others =
            rule.destinations().iter().filter(|to| !matches!(to.registry(), Registry::Layout(_))).count();
        if others > 0 {
            unknown.push("Signatures, SBOMs and attestations are counted when the rule is planned.".into());
        }
        unknown
    }
}

/// Counts, and collects the requested rows.
fn count(
    mut preview: EngineRulePreview,
    rule: &CompiledRule,
    seen: Vec<SeenTags>,
    now: DateTime<Utc>,
    request: &EngineRulePreviewRequest,
) -> (EngineRulePreview, CompiledRule) {
    let search = request.search.trim().to_lowercase();
    let mut digests = HashSet::new();
    let mut repositories = BTreeSet::new();
    let limit = request.limit.clamp(1, 500);
    let window = (request.offset as usize).saturating_add(limit as usize);
    // The number of rows of each rank, and the first of them.
    let mut ranked: [(u32, Vec<EngineRulePreviewRow>); 4] = Default::default();
    for SeenTags { repository, read, tags } in seen {
        preview.read = match (preview.read, read) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let images: Vec<ImageFacts> = tags
            .iter()
            .map(|seen| ImageFacts {
                digest: Some(seen.digest.clone()),
                pushed: Some(seen.pushed),
                ..ImageFacts::new(seen.tag.clone())
            })
            .collect();
        let selection = select(rule, now, &repository, &images);
        let verdicts = verdicts(rule, &selection, request.space);
        for seen in tags {
            let Some(verdict) = verdicts.get(&seen.tag) else { continue };
            *match verdict.verdict {
                EngineVerdict::Selected => &mut preview.selected,
                EngineVerdict::NotSelected => &mut preview.not_selected,
                EngineVerdict::Undecided => &mut preview.undecided,
            } += 1;
            if verdict.verdict == EngineVerdict::Selected {
                repositories.insert(repository.clone());
                if digests.insert(seen.digest.clone()) {
                    preview.bytes += seen.bytes;
                }
            }
            let shown = match request.show {
                EnginePreviewShow::All => true,
                EnginePreviewShow::Selected => verdict.verdict == EngineVerdict::Selected,
                EnginePreviewShow::NotSelected => verdict.verdict == EngineVerdict::NotSelected,
                EnginePreviewShow::Undecided => verdict.verdict == EngineVerdict::Undecided,
            };
            let name = || format!("{repository}:{}", seen.tag).to_lowercase();
            if !shown || (!search.is_empty() && !name().contains(&search)) {
                continue;
            }
            // At most this many of each rank can be in the window.
            let of_rank = &mut ranked[rank(verdict)];
            if of_rank.1.len() < window {
                of_rank.1.push(EngineRulePreviewRow {
                    repository: repository.to_string(),
                    tag: seen.tag.to_string(),
                    digest: Some(seen.digest.to_string()),
                    bytes: seen.bytes,
                    pushed: Some(seen.pushed),
                    verdict: verdict.verdict,
                    reason: verdict.reason.clone(),
                    code: verdict.code.map(str::to_owned),
                    destinations: verdict.destinations.clone(),
                });
            }
            of_rank.0 += 1;
        }
    }
    preview.total = ranked.iter().map(|(count, _)| count).sum();
    let rows = ranked.into_iter().flat_map(|(_, rows)| rows);
    preview.rows = rows.skip(request.offset as usize).take(limit as usize).collect();
    preview.repositories = u32::try_from(repositories.len()).unwrap_or(u32::MAX);
    (preview, rule.clone())
}

struct Verdict {
    verdict: EngineVerdict,
    reason: Option<String>,
    code: Option<&'static str>,
    destinations: Vec<String>,
}

/// The most relevant rows come first: what is selected, what is undecided, what is not selected and
/// why, and last what the rule does not cover at all.
fn rank(verdict: &Verdict) -> usize {
    match (verdict.verdict, verdict.code) {
        (EngineVerdict::Selected, _) => 0,
        (EngineVerdict::Undecided, _) => 1,
        (EngineVerdict::NotSelected, Some("repository-not-included" | "repository-excluded")) => 3,
        (EngineVerdict::NotSelected, _) => 2,
    }
}

fn verdicts<'a>(
    rule: &CompiledRule,
    selection: &'a Selection,
    space: crate::api::Space,
) -> BTreeMap<&'a Tag, Verdict> {
    let mut verdicts = BTreeMap::new();
    for selected in &selection.selected {
        let name = |to: &longshore_policy::rule::DestinationName| {
            let registry =
                rule.destinations().get(to.destination).map(|known| input::shown(space, known.registry()));
            format!("{}/{}:{}", registry.unwrap_or_default(), to.repository, to.tag)
        };
        // Why it is not copied to one of several destinations.
        let not = selection.not_selected.iter().find(|not| not.tag == selected.tag);
        verdicts.insert(
            &selected.tag,
            Verdict {
                verdict: EngineVerdict::Selected,
                reason: not.map(|not| not.reason.to_string()),
                code: not.map(|not| not.reason.code()),
                destinations: selected.destinations.iter().map(name).collect(),
            },
        );
    }
    for not in &selection.not_selected {
        verdicts.entry(&not.tag).or_insert_with(|| Verdict {
            verdict: EngineVerdict::NotSelected,
            reason: Some(not.reason.to_string()),
            code: Some(not.reason.code()),
            destinations: Vec::new(),
        });
    }
    for open in &selection.undecided {
        verdicts.entry(&open.tag).or_insert_with(|| Verdict {
            verdict: EngineVerdict::Undecided,
            reason: Some(wanting(open.needs)),
            code: None,
            destinations: Vec::new(),
        });
    }
    verdicts
}

fn wanting(needs: Needs) -> String {
    if needs.any() {
        "not known yet: its manifest is read when the rule is planned".into()
    } else {
        "not known yet: other tags are decided first".into()
    }
}
