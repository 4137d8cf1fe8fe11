//! Two registries side by side, for people.

use longshore_policy::pair::{Change, Look, Stand, Standing, newest_gap, since};

use super::{
    needed::{self, Pair, Side},
    store,
};
use crate::{
    App,
    api::{
        ApiError, GetPair, ImageStanding, PairChange, PairCounts, PairKey, PairRow, PairSide, PairSince,
        PairView,
    },
};

/// The most rows of one window.
const MOST_ROWS: u32 = 500;
/// The most changes that are named.
const MOST_CHANGES: usize = 500;
/// The most images of a look that is remembered.
const MOST_OF_LOOK: usize = 100_000;

impl App {
    /// How the images of two registries compare, from what was read; no network.
    ///
    /// # Errors
    /// `same-registry`, `other-space`, `invalid-image-pattern`, `list-too-long`; when a folder or the
    /// database cannot be read.
    pub async fn pair(&self, request: GetPair) -> Result<PairView, ApiError> {
        let key = PairKey {
            here: request.here.clone(),
            there: request.there.clone(),
            needed: request.needed.clone(),
        };
        let pair = needed::compare(self, &key.here, &key.there, &key.needed).await?;
        let before = self.db.read(move |tx| store::before(tx, &key)).await?;
        let done = tokio::task::spawn_blocking(move || view(pair, &request, before));
        done.await.map_err(|_| ApiError::internal("The comparison ended without a result."))
    }

    /// Remembers how two registries compare now, so that a later look can say what changed.
    ///
    /// # Errors
    /// `look-too-large`; as [`pair`](Self::pair).
    pub async fn remember_pair(&self, key: PairKey) -> Result<(), ApiError> {
        let pair = needed::compare(self, &key.here, &key.there, &key.needed).await?;
        let look = Look::of(&pair.stands, MOST_OF_LOOK).ok_or_else(|| {
            let text = format!("More than {MOST_OF_LOOK} images are needed, which are too many to remember.");
            ApiError::input("look-too-large", "needed", text)
        })?;
        let now = self.now();
        self.db.write(move |tx| store::remember(tx, &key, &look, now)).await
    }
}

fn view(pair: Pair, request: &GetPair, before: Option<(chrono::DateTime<chrono::Utc>, Look)>) -> PairView {
    let stands = &pair.stands;
    let mut counts = PairCounts::default();
    for one in stands {
        *match one.standing {
            Standing::Equal => &mut counts.equal,
            Standing::Different => &mut counts.different,
            Standing::Missing => &mut counts.missing,
            Standing::Extra => &mut counts.extra,
            Standing::Nowhere => &mut counts.nowhere,
        } += 1;
    }
    let text = request.text.trim();
    let fits = |one: &&Stand| {
        (request.only.is_empty() || request.only.contains(&standing(one.standing)))
            && (text.is_empty()
                || one.need.repository.contains(text)
                || one.need.suffix().contains(text)
                || format!("{}{}", one.need.repository, one.need.suffix()).contains(text))
    };
    let chosen: Vec<&Stand> = stands.iter().filter(fits).collect();
    let (offset, limit) = (request.offset as usize, request.limit.clamp(1, MOST_ROWS) as usize);
    PairView {
        counts,
        newest_gap: newest_gap(stands),
        total: number(chosen.len()),
        rows: chosen.into_iter().skip(offset).take(limit).map(row).collect(),
        since: before.zip(Look::of(stands, MOST_OF_LOOK)).map(|((at, before), now)| {
            let changes = since(&before, &now);
            let total = number(changes.len());
            PairSince { at, total, changes: changes.into_iter().take(MOST_CHANGES).map(change).collect() }
        }),
        here: side(&pair.here),
        there: side(&pair.there),
        foreign: pair.foreign,
        unusable: pair.unusable,
    }
}

fn row(one: &Stand) -> PairRow {
    PairRow {
        repository: one.need.repository.clone(),
        tag: one.need.tag.clone(),
        standing: standing(one.standing),
        here: one.here.as_ref().map(|held| held.digest.clone()),
        there: one.there.as_ref().map(|held| held.digest.clone()),
        pushed: one.here.as_ref().and_then(|held| held.pushed),
    }
}

fn side(of: &Side) -> PairSide {
    PairSide {
        registry: of.registry.clone(),
        host: Some(of.host()),
        as_of: of.of.read,
        images_as_of: of.images.oldest,
        problem: of.of.problem.clone(),
        repositories: number(of.images.repositories),
        unread: number(of.images.unread),
    }
}

fn change(of: Change) -> PairChange {
    PairChange {
        image: of.image,
        before: of.before.map(standing),
        now: of.now.map(standing),
        moved: of.moved,
    }
}

fn standing(of: Standing) -> ImageStanding {
    match of {
        Standing::Equal => ImageStanding::Equal,
        Standing::Different => ImageStanding::Different,
        Standing::Missing => ImageStanding::Missing,
        Standing::Extra => ImageStanding::Extra,
        Standing::Nowhere => ImageStanding::Nowhere,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
