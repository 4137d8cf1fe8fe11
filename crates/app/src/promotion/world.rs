//! What registries and the record say now, read once for a whole plan.

use std::collections::HashMap;

use futures::{StreamExt, stream};
use longshore_policy::rule::Registry;
use longshore_promotion::{Place, gate::Evidence, hold::Holds, record::Entry};

use super::{
    look::{PlaceNow, Reached, place_now, reach},
    record::entries,
    select::Looked,
};
use crate::{
    App,
    api::{ApiError, Space},
};

/// Repositories that are read concurrently.
const AT_ONCE: usize = 8;

/// Registries, repositories and the record as they are now.
pub(crate) struct World<'a> {
    pub(crate) app: &'a App,
    pub(crate) space: Space,
    pub(crate) entries: Vec<Entry>,
    pub(crate) holds: Holds,
    pub(crate) looked: Looked,
    reached: HashMap<Registry, Result<Reached, ApiError>>,
}

impl<'a> World<'a> {
    /// With the record, and nothing read from registries yet.
    ///
    /// # Errors
    /// `promotion-record-broken`.
    pub(crate) async fn new(app: &'a App, space: Space) -> Result<Self, ApiError> {
        let entries = entries(app, space).await?;
        let holds = Holds::of(&entries);
        Ok(Self { app, space, entries, holds, looked: Looked::new(), reached: HashMap::new() })
    }

    /// Reads these repositories, each once.
    pub(crate) async fn look(&mut self, places: impl IntoIterator<Item = Place>) {
        let mut open: Vec<Place> = Vec::new();
        for place in places {
            if !self.looked.contains_key(&place) && !open.contains(&place) {
                open.push(place);
            }
        }
        for place in &open {
            if !self.reached.contains_key(&place.registry) {
                let reached = reach(self.app, self.space, &place.registry).await;
                self.reached.insert(place.registry.clone(), reached);
            }
        }
        let reads = open.into_iter().filter_map(|place| {
            let reached = self.reached.get(&place.registry)?;
            let (app, space) = (self.app, self.space);
            Some(async move { (place_now(app, space, reached, &place).await, place) })
        });
        let reads: Vec<_> = reads.collect();
        let found: Vec<(Evidence<PlaceNow>, Place)> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        self.looked.extend(found.into_iter().map(|(now, place)| (place, now)));
    }

    /// A registry that was looked at.
    ///
    /// # Errors
    /// Why it could not be reached.
    pub(crate) fn reached(&self, registry: &Registry) -> Result<&Reached, ApiError> {
        match self.reached.get(registry) {
            Some(Ok(reached)) => Ok(reached),
            Some(Err(error)) => Err(error.clone()),
            None => Err(ApiError::internal("A registry of a plan was not looked at.")),
        }
    }

    /// What a repository has, if it was read.
    pub(crate) fn now(&self, place: &Place) -> Option<&PlaceNow> {
        self.looked.get(place)?.known()
    }

    /// Why a repository could not be read.
    pub(crate) fn unread(&self, place: &Place) -> Option<&str> {
        match self.looked.get(place)? {
            Evidence::NotKnown(why) => Some(why),
            _ => None,
        }
    }
}
