//! Questions about the record.

use longshore_promotion::record::{Entry, Event, HistoryQuery, in_stages_at};

use super::store::entries;
use crate::{
    App,
    api::{ApiError, ListPromotions, PromotionEntry, PromotionKey, PromotionsAt, RecordedPlace, Side},
    promotion::view::{gate_view, registry_name},
};

impl App {
    /// Entries of the record, newest first.
    ///
    /// # Errors
    /// `promotion-name`, `promotion-record-broken`.
    pub async fn promotions(&self, request: ListPromotions) -> Result<Vec<PromotionEntry>, ApiError> {
        let space = request.space;
        let query = HistoryQuery {
            path: request.path.map(|text| named(&text, "path")).transpose()?,
            stage: request.stage.map(|text| named(&text, "stage")).transpose()?,
            service: request.service.map(|text| named(&text, "service")).transpose()?,
            digest: request.digest,
            from: request.from,
            until: request.until,
            moves_only: request.moves_only,
            text: request.text,
            limit: request.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        };
        Ok(query.run(&entries(self, space).await?).into_iter().map(shown).collect())
    }

    /// One entry of the record.
    ///
    /// # Errors
    /// `promotion-entry-unknown`, `promotion-record-broken`.
    pub async fn promotion(&self, key: PromotionKey) -> Result<PromotionEntry, ApiError> {
        let entries = entries(self, key.space).await?;
        entries.iter().find(|entry| entry.sequence == key.sequence).map(shown).ok_or_else(|| {
            let text = format!("The record has no entry {}.", key.sequence);
            ApiError::input("promotion-entry-unknown", "sequence", text)
        })
    }

    /// The entries by which stages had their builds at a time.
    ///
    /// # Errors
    /// `promotion-record-broken`.
    pub async fn promotions_at(&self, request: PromotionsAt) -> Result<Vec<PromotionEntry>, ApiError> {
        let entries = entries(self, request.space).await?;
        Ok(in_stages_at(&entries, request.at).into_values().map(|(_, entry)| shown(entry)).collect())
    }
}

fn named<T: std::str::FromStr<Err = longshore_promotion::PromotionNameError>>(
    text: &str,
    field: &str,
) -> Result<T, ApiError> {
    text.parse().map_err(|error: longshore_promotion::PromotionNameError| {
        let text = format!("{}.", longshore_names::capital(&error.to_string()));
        ApiError::new(error.code(), Side::Input, text).at(field)
    })
}

/// The word of an event, as the record writes it.
fn word(event: Event) -> &'static str {
    match event {
        Event::Promoted { .. } => "promoted",
        Event::RolledBack => "rolled_back",
        Event::Undone => "undone",
        Event::Held => "held",
        Event::Resumed => "resumed",
        Event::Blocked => "blocked",
        Event::Unblocked => "unblocked",
    }
}

fn shown(entry: &Entry) -> PromotionEntry {
    let place = |one: &longshore_promotion::record::RecordedDestination| RecordedPlace {
        registry: registry_name(&one.place.registry),
        repository: one.place.repository.to_string(),
        tag: one.tag.as_ref().map(ToString::to_string),
        before: one.before.as_ref().map(ToString::to_string),
    };
    PromotionEntry {
        sequence: entry.sequence,
        hash: entry.hash.clone(),
        at: entry.at,
        event: word(entry.event).to_owned(),
        holds: matches!(entry.event, Event::Promoted { holds: true } | Event::RolledBack | Event::Held),
        by: entry.by.to_string(),
        path: entry.path.as_ref().map(ToString::to_string),
        stage: entry.stage.as_ref().map(ToString::to_string),
        service: entry.service.as_ref().map(ToString::to_string),
        digest: entry.digest.as_ref().map(ToString::to_string),
        destinations: entry.destinations.iter().map(place).collect(),
        gates: entry.gates.iter().map(gate_view).collect(),
        override_reason: entry.overridden.as_ref().map(|one| one.reason.clone()),
        approvers: entry.approvers.iter().map(ToString::to_string).collect(),
        plan_hash: entry.plan_hash.clone(),
        reason: entry.reason.clone(),
    }
}
