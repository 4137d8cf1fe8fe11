//! Explains a rule in sentences.

use std::collections::BTreeMap;

use longshore_names::AccountId;

use super::{
    CompiledRule, Create, Encryption, Immutability, NewestBy, OnConflict, OnExpiry, Referrers, Registry,
    Rename, RepositoryPattern, RepositorySettings, TagPattern, Window, compiled::timetable::Timetable,
    units::duration::in_words,
};
use crate::sentence;

/// Explains the rule in the order in which it works: what is copied, which parts, where to, what
/// else happens, when. `names` returns the name that the user gave an account.
pub fn explain(rule: &CompiledRule, names: &dyn Fn(&AccountId) -> Option<String>) -> Vec<String> {
    let place = |registry: &Registry| match registry {
        Registry::Ecr(id) => sentence::registry(id, names),
        Registry::Host(host) => host.clone(),
        Registry::Layout(directory) => format!("the directory {directory}"),
    };
    let mut sentences =
        vec![format!("Copies {} of {} in {}.", tags_of(rule), repositories_of(rule), place(&rule.source))];
    sentences.extend(conditions(rule));
    for destination in &rule.rule.destinations {
        let registry = destination.registry.parse::<Registry>();
        let to = registry.map_or_else(|_| destination.registry.clone(), |registry| place(&registry));
        let mut parts = vec![format!("To {to}")];
        match &destination.rename {
            None => parts.push("under the same names".into()),
            Some(Rename::Prefix(change)) => parts.push(match (change.from.as_str(), change.to.as_str()) {
                ("", to) => format!("with the prefix `{to}` added to the names"),
                (from, "") => format!("with the prefix `{from}` removed from the names"),
                (from, to) => format!("with the prefix `{from}` of the names replaced by `{to}`"),
            }),
            Some(Rename::Template(template)) => parts.push(format!("under the names `{template}`")),
        }
        if let Some(tags) = &destination.tags {
            let mut renamed: Vec<String> =
                tags.map.iter().map(|(from, to)| format!("the tag `{from}` as `{to}`")).collect();
            renamed.extend(tags.template.as_ref().map(|template| format!("tags as `{template}`")));
            parts.push(sentence::list(&renamed, "and"));
        }
        sentences.push(format!("{}.", parts.join(", ")));
        sentences.push(created(destination.create.as_ref()));
        sentences.push(
            match destination.on_conflict {
                None | Some(OnConflict::Fail) => {
                    "A destination tag with another image is not moved, and the run reports a conflict."
                }
                Some(OnConflict::Skip) => "A destination tag with another image is not moved.",
                Some(OnConflict::Overwrite) => {
                    "A destination tag with another image is moved, unless it is immutable."
                }
            }
            .into(),
        );
        if destination.on_expiry == Some(OnExpiry::Accept) {
            sentences.push("Lifecycle policies of the destination may expire images afterwards.".into());
        }
    }
    sentences.push(
        match rule.referrers() {
            Referrers::Without => "Signatures, SBOMs and attestations are not copied.",
            Referrers::With => {
                "Signatures, SBOMs and attestations are copied too; an image fails without them."
            }
            Referrers::WherePossible => {
                "Signatures, SBOMs and attestations are copied too, where the destination accepts them."
            }
        }
        .into(),
    );
    sentences.push(match rule.prune() {
        None => "Nothing is removed at the destination.".into(),
        Some(max) => format!(
            "Tags at the destination that the rule no longer selects are removed, at most {max} in one run."
        ),
    });
    sentences.extend(times(rule));
    sentences
}

fn quoted(patterns: impl Iterator<Item = (&'static str, String)>) -> String {
    let texts: Vec<String> = patterns.map(|(kind, text)| format!("{kind} `{text}`")).collect();
    sentence::list(&texts, "or")
}

fn repositories_of(rule: &CompiledRule) -> String {
    let source = &rule.rule.source;
    let words = |patterns: &[RepositoryPattern]| {
        quoted(patterns.iter().map(|pattern| {
            let kind = match pattern {
                RepositoryPattern::Prefix(_) => "beginning with",
                RepositoryPattern::Exact(_) => "named",
                RepositoryPattern::Glob(_) => "like",
                RepositoryPattern::Regex(_) => "matching",
            };
            (kind, pattern.text().to_owned())
        }))
    };
    let which = if source.repositories.is_empty() {
        "all repositories".to_owned()
    } else {
        format!("repositories {}", words(&source.repositories))
    };
    if source.exclude.is_empty() { which } else { format!("{which} (except {})", words(&source.exclude)) }
}

fn tags_of(rule: &CompiledRule) -> String {
    let words = |patterns: &[TagPattern]| {
        quoted(patterns.iter().map(|pattern| {
            let kind = match pattern {
                TagPattern::Exact(_) => "named",
                TagPattern::Glob(_) => "like",
                TagPattern::Regex(_) => "matching",
                TagPattern::Semver(_) => "of versions",
            };
            (kind, pattern.text().to_owned())
        }))
    };
    let Some(filter) = &rule.rule.source.tags else { return "all tags".into() };
    let newest = match rule.tags.newest {
        None => String::new(),
        Some((1, NewestBy::Pushed)) => "the most recently pushed tag among ".into(),
        Some((1, NewestBy::Version)) => "the highest version among ".into(),
        Some((number, NewestBy::Pushed)) => format!("the {number} most recently pushed tags among "),
        Some((number, NewestBy::Version)) => format!("the {number} highest versions among "),
    };
    let which = if filter.include.is_empty() {
        "all tags".into()
    } else {
        format!("tags {}", words(&filter.include))
    };
    let but = if filter.exclude.is_empty() {
        String::new()
    } else {
        format!(" (except {})", words(&filter.exclude))
    };
    format!("{newest}{which}{but}")
}

fn conditions(rule: &CompiledRule) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(age) = rule.tags.minimum_age {
        sentences.push(format!("Only images that have been in the source for at least {}.", in_words(age)));
    }
    let day = |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%d %H:%M UTC");
    match (rule.tags.pushed_after, rule.tags.pushed_before) {
        (Some(after), Some(before)) => {
            sentences.push(format!("Only images pushed from {} and before {}.", day(after), day(before)));
        }
        (Some(after), None) => sentences.push(format!("Only images pushed at {} or later.", day(after))),
        (None, Some(before)) => sentences.push(format!("Only images pushed before {}.", day(before))),
        (None, None) => {}
    }
    if !rule.platforms.is_empty() {
        let platforms: Vec<String> = rule.platforms.iter().map(ToString::to_string).collect();
        sentences.push(match platforms.as_slice() {
            [one] => format!("Only images for {one}; from multi-platform images, only that platform."),
            _ => format!("Only images for {}, with all their platforms.", sentence::list(&platforms, "or")),
        });
    }
    let pairs = |what: &str, pairs: &BTreeMap<String, String>| {
        let texts: Vec<String> = pairs.iter().map(|(key, value)| format!("`{key}` is `{value}`")).collect();
        (!texts.is_empty()).then(|| format!("Only images whose {what} {}.", sentence::list(&texts, "and")))
    };
    sentences.extend(pairs("label", &rule.rule.source.labels));
    sentences.extend(pairs("annotation", &rule.rule.source.annotations));
    sentences
}

fn created(create: Option<&Create>) -> String {
    let settings = match create {
        Some(Create::Never) => return "Missing repositories are not created at the destination.".into(),
        Some(Create::Template) => {
            return "Missing repositories are created at the destination from a creation template.".into();
        }
        Some(Create::Settings(settings)) if *settings != RepositorySettings::default() => settings,
        _ => return "Missing repositories are created at the destination.".into(),
    };
    let mut with = Vec::new();
    if settings.immutability == Some(Immutability::Immutable) {
        with.push("immutable tags".to_owned());
    }
    if !settings.immutability_exceptions.is_empty() {
        let exceptions: Vec<String> =
            settings.immutability_exceptions.iter().map(|filter| format!("`{filter}`")).collect();
        with.push(format!("exceptions for tags like {}", sentence::list(&exceptions, "or")));
    }
    if settings.scan_on_push == Some(true) {
        with.push("scan on push".to_owned());
    }
    match &settings.encryption {
        None => {}
        Some(Encryption::Aes256) => with.push("AES-256 encryption".to_owned()),
        Some(Encryption::Kms(key)) => with.push(format!("encryption by the KMS key `{key}`")),
        Some(Encryption::KmsDsse(key)) => with.push(format!("double encryption by the KMS key `{key}`")),
    }
    if !settings.tags.is_empty() {
        with.push(sentence::count(settings.tags.len(), "resource tag", "resource tags").replace("1 ", "a "));
    }
    if with.is_empty() {
        return "Missing repositories are created at the destination.".into();
    }
    format!("Missing repositories are created at the destination with {}.", sentence::list(&with, "and"))
}

fn times(rule: &CompiledRule) -> Vec<String> {
    let mut sentences = vec![match (&rule.timetable, rule.rule.schedule.as_ref()) {
        (Some(Timetable::Watch(every)), _) => format!("Checks for new images every {}.", in_words(*every)),
        (Some(Timetable::Cron(_, zone)), Some(schedule)) => {
            let pattern = schedule.cron.as_deref().unwrap_or_default();
            format!("Runs on the cron schedule `{pattern}` in the time zone {}.", zone.name())
        }
        _ => "Runs on demand.".into(),
    }];
    let Some(limits) = &rule.rule.limits else { return sentences };
    let mut caps = Vec::new();
    caps.extend(limits.bandwidth.as_ref().map(|bandwidth| format!("at most {bandwidth}")));
    caps.extend(
        limits.concurrency.map(|number| format!("at most {number} requests to a registry at a time")),
    );
    if !caps.is_empty() {
        sentences.push(format!("Takes {}.", sentence::list(&caps, "and")));
    }
    if !limits.windows.is_empty() {
        let windows: Vec<String> = limits.windows.iter().map(window).collect();
        sentences.push(format!("Data is transferred only {}.", sentence::list(&windows, "and")));
    }
    sentences
}

fn window(window: &Window) -> String {
    let days: Vec<String> = window.days.iter().map(|day| format!("{day:?}")).collect();
    let on =
        if days.is_empty() { "every day".into() } else { format!("on {}", sentence::list(&days, "and")) };
    let zone = window.time_zone.as_deref().unwrap_or("UTC");
    format!("{on} from {} to {} ({zone})", window.from, window.to)
}
