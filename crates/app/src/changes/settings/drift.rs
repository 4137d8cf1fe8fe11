//! Settings of namesakes over many registries, from what was read.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::Facts;
use crate::{
    App,
    api::{ApiError, Drift, DriftCell, DriftPlace, DriftRow, DriftState, GetDrift, RegistryKey},
    inventory::{KeptRegistry, KeptSettings},
};

/// The most registries of one comparison.
const MOST_PLACES: usize = 200;

/// A registry of a comparison.
struct Place {
    view: DriftPlace,
    repositories: BTreeMap<String, Facts>,
}

impl App {
    /// How settings of namesakes differ from those in a reference registry, from what was read; no network.
    ///
    /// # Errors
    /// `too-many-registries`, `other-space`; when the database cannot be read.
    pub async fn drift(&self, request: GetDrift) -> Result<Drift, ApiError> {
        let GetDrift { reference, with } = request;
        check(&reference, &with)?;
        let mut seen = BTreeSet::new();
        let mut all = vec![reference];
        all.extend(with);
        all.retain(|place| seen.insert(place.clone()));
        let mut kept = Vec::with_capacity(all.len());
        for registry in all {
            let found = self.inventory.kept_settings(&registry).await?;
            kept.push((registry, found));
        }
        let compared = tokio::task::spawn_blocking(move || {
            compare(kept.into_iter().map(|(registry, (of, all))| place(registry, of, &all)).collect())
        });
        compared.await.map_err(|_| ApiError::internal("The comparison ended without a result."))
    }
}

/// One comparison is within one space, and of a bounded number of registries.
pub(super) fn check(reference: &RegistryKey, with: &[RegistryKey]) -> Result<(), ApiError> {
    if with.len() > MOST_PLACES {
        let text = format!("At most {MOST_PLACES} registries are compared at once, not {}.", with.len());
        return Err(ApiError::input("too-many-registries", "with", text));
    }
    if with.iter().any(|place| place.space != reference.space) {
        let text = "Registries of the sandbox and of AWS are not compared with each other.";
        return Err(ApiError::input("other-space", "with", text));
    }
    Ok(())
}

fn place(registry: RegistryKey, of: KeptRegistry, all: &[KeptSettings]) -> Place {
    let policies_as_of = all
        .iter()
        .map(|one| one.policies.as_ref().map(|policies| policies.read))
        .collect::<Option<Vec<_>>>()
        .and_then(|reads| reads.into_iter().min());
    let view = DriftPlace {
        registry,
        as_of: of.read,
        policies_as_of,
        problem: of.problem,
        repositories: count(all.len()),
        different: 0,
        missing: 0,
        extra: 0,
        unread: 0,
    };
    Place { view, repositories: all.iter().map(|one| (one.row.name.clone(), Facts::kept(one))).collect() }
}

/// The first place is the reference.
fn compare(mut places: Vec<Place>) -> Drift {
    let names: BTreeSet<String> =
        places.iter().flat_map(|place| place.repositories.keys().cloned()).collect();
    let mut rows = Vec::with_capacity(names.len());
    for name in names {
        let reference = places[0].repositories.get(&name).cloned();
        let reference_read = places[0].view.as_of.is_some();
        let mut cells = Vec::with_capacity(places.len());
        for (index, place) in places.iter_mut().enumerate() {
            let (state, settings) = match (&reference, place.repositories.get(&name)) {
                _ if !reference_read || place.view.as_of.is_none() => (DriftState::Unread, Vec::new()),
                (Some(_), Some(_)) if index == 0 => (DriftState::Same, Vec::new()),
                (None, None) if index == 0 => (DriftState::Missing, Vec::new()),
                (Some(wanted), Some(own)) => match own.different(wanted) {
                    settings if !settings.is_empty() => (DriftState::Different, settings),
                    _ if own.is_whole() && wanted.is_whole() => (DriftState::Same, Vec::new()),
                    _ => (DriftState::Unread, Vec::new()),
                },
                (Some(_), None) => (DriftState::Missing, Vec::new()),
                (None, Some(_)) => (DriftState::Extra, Vec::new()),
                (None, None) => (DriftState::Absent, Vec::new()),
            };
            let counted = match state {
                _ if index == 0 => None,
                DriftState::Different => Some(&mut place.view.different),
                DriftState::Missing => Some(&mut place.view.missing),
                DriftState::Extra => Some(&mut place.view.extra),
                DriftState::Unread => Some(&mut place.view.unread),
                DriftState::Same | DriftState::Absent => None,
            };
            counted.into_iter().for_each(|counted| *counted += 1);
            cells.push(DriftCell { state, settings });
        }
        rows.push(DriftRow { name, cells });
    }
    Drift { places: places.into_iter().map(|place| place.view).collect(), rows }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use longshore_ecr::{Encryption, TagMutability};

    use super::*;
    use crate::{
        api::{RepositorySetting, Space},
        changes::settings::read::Settings,
    };

    fn facts(scan_on_push: bool) -> Facts {
        Facts::now(&Settings {
            mutability: TagMutability::MUTABLE,
            scan_on_push,
            lifecycle: None,
            policy: None,
            encryption: Encryption::Aes256,
        })
    }

    fn at(region: &str, read: bool, repositories: &[(&str, bool)]) -> Place {
        let registry = RegistryKey {
            space: Space::Sandbox,
            account: "111122223333".parse().unwrap(),
            region: region.parse().unwrap(),
        };
        let of = KeptRegistry { read: read.then(Utc::now), problem: None };
        let mut place = place(registry, of, &[]);
        place.repositories =
            repositories.iter().map(|(name, scan)| (name.to_string(), facts(*scan))).collect();
        place
    }

    #[test]
    fn each_repository_of_any_place_has_a_cell_in_each() {
        let drift = compare(vec![
            at("us-west-2", true, &[("api", true), ("web", true)]),
            at("us-east-2", true, &[("api", false), ("old", true)]),
            at("eu-west-1", false, &[]),
        ]);
        use DriftState::{Absent, Different, Extra, Missing, Same, Unread};
        let told: Vec<(&str, Vec<DriftState>)> = drift
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.cells.iter().map(|cell| cell.state).collect()))
            .collect();
        assert_eq!(
            told,
            [
                ("api", vec![Same, Different, Unread]),
                ("old", vec![Missing, Extra, Unread]),
                ("web", vec![Same, Missing, Unread]),
            ]
        );
        assert_eq!(drift.rows[0].cells[1].settings, [RepositorySetting::ScanOnPush]);
        let counts = |place: &DriftPlace| (place.different, place.missing, place.extra, place.unread);
        assert_eq!(
            drift.places.iter().map(counts).collect::<Vec<_>>(),
            [(0, 0, 0, 0), (1, 1, 1, 0), (0, 0, 0, 3)]
        );
        // Neither the reference nor this one has what a third one has.
        let drift = compare(vec![
            at("us-west-2", true, &[]),
            at("us-east-2", true, &[]),
            at("eu-west-1", true, &[("x", true)]),
        ]);
        assert_eq!(
            drift.rows[0].cells.iter().map(|cell| cell.state).collect::<Vec<_>>(),
            [Missing, Absent, Extra]
        );
    }
}
