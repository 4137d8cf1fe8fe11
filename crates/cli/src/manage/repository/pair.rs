//! `longshore repository compare` and `longshore repository failover`

use std::path::Path;

use longshore_app::api::{
    ApiError, Drift, GetDrift, GetPair, ImageStanding, NeededImages, PairCounts, PairKey, PairRow, PairSide,
    PairView, PlanRequest, RegistryKey, Side,
};
use serde_json::{Value, json};

use super::{
    arguments::{Compare, CopyMissing, Failover, Pair},
    look, unreadable,
};
use crate::{
    failure::{Failure, event_of},
    files,
    manage::{
        changes::{carry_out, end},
        open::Managed,
    },
    output,
};

/// Rows that are asked for at once.
const PAGE: u32 = 500;
/// The most bytes of a list.
const MOST: u64 = 4 * 1024 * 1024;

/// Compares two registries. Ends with 3 if they differ.
pub(super) async fn compare(managed: &Managed, options: Compare) -> Result<(), Failure> {
    let needed = needed_by(options.only);
    let key = key(managed, &options.pair, needed).await?;
    if options.copy.copy_missing {
        return copy(managed, key, &options.copy).await;
    }
    read(managed, &key, false).await?;
    let view = rows(managed, &key).await?;
    let PairCounts { different, missing, extra, .. } = view.counts;
    finish(managed, &key, &view, None);
    match different + missing + extra {
        0 => Ok(()),
        _ => Err(Failure::Incomplete("The registries differ.".into())),
    }
}

/// Says whether the second registry can stand in for the first. Ends with 3 if it cannot.
pub(super) async fn failover(managed: &Managed, options: Failover) -> Result<(), Failure> {
    let Failover { pair, only, list, references, rewritten, copy: copying } = options;
    let needed = match (list, references) {
        (Some(file), _) => NeededImages::List { text: text_of(&file)? },
        (None, Some(folder)) => NeededImages::Folder { path: folder.display().to_string() },
        (None, None) => needed_by(only),
    };
    let key = key(managed, &pair, needed).await?;
    if copying.copy_missing {
        return copy(managed, key, &copying).await;
    }
    read(managed, &key, true).await?;
    if let Some(file) = rewritten {
        let list = managed.app.pair_list(key.clone()).await?;
        if files::is_standard_input(&file) {
            output::whole(&list.text);
            return match list.absent {
                0 => Ok(()),
                absent => Err(Failure::Incomplete(format!("{absent} needed images are not there."))),
            };
        }
        std::fs::write(&file, &list.text).map_err(|error| {
            let text = format!("{} cannot be written: {error}.", file.display());
            ApiError::new("file-unwritable", Side::ThisMachine, text)
        })?;
    }
    managed.app.remember_pair(key.clone()).await?;
    let view = rows(managed, &key).await?;
    let request = GetDrift { reference: key.here.clone(), with: vec![key.there.clone()] };
    let drift = managed.app.drift(request).await?;
    changes(managed, &view);
    finish(managed, &key, &view, Some(&drift));
    let PairCounts { different, missing, nowhere, .. } = view.counts;
    let settings = drift.places.get(1).map_or(0, |place| place.different + place.missing + place.unread);
    match different + missing + nowhere + settings + view.there.unread {
        0 => Ok(()),
        _ => Err(Failure::Incomplete("The second registry lacks something.".into())),
    }
}

fn needed_by(patterns: Vec<String>) -> NeededImages {
    if patterns.is_empty() { NeededImages::All } else { NeededImages::Patterns { patterns } }
}

fn text_of(file: &Path) -> Result<String, Failure> {
    String::from_utf8(files::read(file, MOST)?).map_err(|_| {
        let text = format!("{} is not text in UTF-8.", files::shown(file));
        ApiError::new("file-unreadable", Side::ThisMachine, text).into()
    })
}

async fn key(managed: &Managed, pair: &Pair, needed: NeededImages) -> Result<PairKey, Failure> {
    let (here, there) = (managed.registry(&pair.here).await?, managed.registry(&pair.there).await?);
    Ok(PairKey { here, there, needed })
}

async fn copy(managed: &Managed, key: PairKey, options: &CopyMissing) -> Result<(), Failure> {
    let places = json!({"from": place(&key.here), "to": place(&key.there)});
    let PairKey { here, there, needed } = key;
    let request = PlanRequest::CopyMissing { here, there, needed, different: options.move_tags };
    let made = carry_out(managed, request, &options.change, true).await?;
    end(managed, &options.change, made, places)
}

/// Reads both registries now. One that cannot be read is shown as it was last read, if it ever was.
async fn read(managed: &Managed, key: &PairKey, policies: bool) -> Result<(), Failure> {
    // Typing errors come before reads.
    let first = managed.app.pair(page(key, 0)).await?;
    let places = [key.here.clone(), key.there.clone()];
    for ((registry, looked), side) in
        look(managed, &places, policies, true).await.into_iter().zip([&first.here, &first.there])
    {
        match looked {
            Ok(looked) => {
                looked.problem.iter().for_each(|problem| unreadable(managed, &registry, problem));
            }
            Err(problem) if side.as_of.is_some() => unreadable(managed, &registry, &problem),
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(())
}

fn page(key: &PairKey, offset: u32) -> GetPair {
    let PairKey { here, there, needed } = key.clone();
    use ImageStanding::{Different, Extra, Missing, Nowhere};
    let only = vec![Different, Missing, Extra, Nowhere];
    GetPair { here, there, needed, only, text: String::new(), offset, limit: PAGE }
}

/// Prints every image that is not equal. Returns the last answer.
async fn rows(managed: &Managed, key: &PairKey) -> Result<PairView, Failure> {
    let mut offset = 0;
    loop {
        let view = managed.app.pair(page(key, offset)).await?;
        view.rows.iter().for_each(|row| report(managed, row));
        offset += PAGE;
        if offset >= view.total {
            return Ok(view);
        }
    }
}

fn report(managed: &Managed, row: &PairRow) {
    let PairRow { repository, tag, standing, here, there, pushed } = row;
    if managed.json {
        output::json(&json!({
            "event": "image", "repository": repository, "tag": tag, "standing": word(*standing), "from": here,
            "to": there, "pushed": pushed,
        }));
        return;
    }
    let name = match (tag, here.as_ref().or(there.as_ref())) {
        (Some(tag), _) => format!("{repository}:{tag}"),
        (None, Some(digest)) => format!("{repository}@{digest}"),
        (None, None) => repository.clone(),
    };
    output::line(&format!("{name}  {}", word(*standing)));
}

/// What changed since the look before.
fn changes(managed: &Managed, view: &PairView) {
    let Some(since) = &view.since else { return };
    for change in &since.changes {
        let words = |of: Option<ImageStanding>| of.map(word);
        if managed.json {
            output::json(&json!({
                "event": "change", "image": change.image, "before": words(change.before),
                "now": words(change.now), "moved": change.moved,
            }));
            continue;
        }
        let before = words(change.before).unwrap_or("not there");
        let now = if change.moved { "moved" } else { words(change.now).unwrap_or("gone") };
        output::line(&format!(
            "since {}: {}  {before} -> {now}",
            since.at.format("%Y-%m-%d %H:%M UTC"),
            change.image
        ));
    }
}

fn finish(managed: &Managed, key: &PairKey, view: &PairView, drift: Option<&Drift>) {
    let PairCounts { equal, different, missing, extra, nowhere } = view.counts;
    let settings = drift.and_then(|drift| drift.places.get(1)).map(|place| {
        json!({
            "different": place.different, "missing": place.missing, "extra": place.extra,
            "unread": place.unread,
        })
    });
    if managed.json {
        output::summary(&json!({
            "event": "summary", "from": side(&view.here), "to": side(&view.there), "equal": equal,
            "different": different, "missing": missing, "extra": extra, "nowhere": nowhere,
            "newest_gap": view.newest_gap, "settings": settings, "foreign": view.foreign,
            "unusable": view.unusable,
            "since": view.since.as_ref().map(|since| json!({"at": since.at, "changes": since.total})),
        }));
        return;
    }
    for side in [&view.here, &view.there] {
        if let (Some(_), Some(read)) = (&side.problem, side.images_as_of) {
            let at = read.format("%Y-%m-%d %H:%M UTC");
            output::note(&format!("{} is shown as it was read at {at}.", place(&side.registry)));
        }
        if side.unread > 0 {
            output::note(&format!(
                "{}: {} repositories were never read.",
                place(&side.registry),
                side.unread
            ));
        }
    }
    view.unusable.iter().for_each(|text| output::note(text));
    view.foreign.iter().for_each(|text| output::note(&format!("{text} is of another registry.")));
    output::line(&format!(
        "{equal} equal, {different} different, {missing} missing, {extra} extra, {nowhere} in neither."
    ));
    if let Some(gap) = view.newest_gap {
        output::line(&format!(
            "The newest image that {} lacks was pushed at {}.",
            place(&key.there),
            gap.format("%Y-%m-%d %H:%M UTC")
        ));
    }
    if let Some(one) = drift.and_then(|drift| drift.places.get(1)) {
        output::line(&format!(
            "Settings: {} repositories differ, {} are missing, {} extra, {} not read.",
            one.different, one.missing, one.extra, one.unread
        ));
    }
}

fn side(of: &PairSide) -> Value {
    json!({
        "account": of.registry.account, "region": of.registry.region, "host": of.host,
        "repositories": of.repositories, "unread": of.unread, "read_at": of.as_of,
        "images_read_at": of.images_as_of, "problem": of.problem.as_ref().map(event_of),
    })
}

/// `ACCOUNT/REGION`
fn place(key: &RegistryKey) -> String {
    format!("{}/{}", key.account, key.region)
}

fn word(standing: ImageStanding) -> &'static str {
    match standing {
        ImageStanding::Equal => "equal",
        ImageStanding::Different => "different",
        ImageStanding::Missing => "missing",
        ImageStanding::Extra => "extra",
        ImageStanding::Nowhere => "nowhere",
    }
}
