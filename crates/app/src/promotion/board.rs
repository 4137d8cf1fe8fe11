//! The board: which build of each service is in each stage, from what registries say now.

use longshore_promotion::{
    Service, Since,
    board::{Cell, Drift, row},
    path::Path,
    record::rollback_target,
};

use super::{known_path, select, world::World};
use crate::{
    App,
    api::{ApiError, Board, BoardCell, BoardDrift, BoardRow, PathKey, ServiceKey},
};

/// The most services of one board.
const MOST: usize = 2_000;

impl App {
    /// The board of a path, read now: every service in every stage. Does not count as a pull.
    ///
    /// # Errors
    /// `promotion-path-unknown`, `promotion-record-broken`; when the first stage cannot be listed.
    pub async fn board(&self, key: PathKey) -> Result<Board, ApiError> {
        let path = known_path(self, key.space, &key.name).await?;
        let mut world = World::new(self, key.space).await?;
        let Some(first) = path.stages.first() else {
            return Err(ApiError::internal("A path without stages."));
        };
        let mut services = select::services_of(&world, &path, first).await?;
        let total = services.len();
        services.truncate(MOST);
        let rows = rows(&mut world, &path, &services).await;
        let shown = |(service, cells): &(Service, Vec<Cell>)| BoardRow {
            service: service.to_string(),
            cells: path
                .stages
                .iter()
                .zip(cells)
                .map(|(stage, cell)| cell_view(stage.name.as_str(), cell))
                .collect(),
        };
        Ok(Board {
            path: path.name.to_string(),
            stages: path.stages.iter().map(|stage| stage.name.to_string()).collect(),
            rows: rows.iter().map(shown).collect(),
            more: u32::try_from(total.saturating_sub(services.len())).unwrap_or(u32::MAX),
            at: self.now(),
        })
    }

    /// One row of the board, read now.
    ///
    /// # Errors
    /// As [`board`](Self::board); `promotion-service-unknown`.
    pub async fn board_row(&self, key: ServiceKey) -> Result<BoardRow, ApiError> {
        let path = known_path(self, key.path.space, &key.path.name).await?;
        let service = select::service(&path, &key.service)?;
        let mut world = World::new(self, key.path.space).await?;
        let rows = rows(&mut world, &path, &[service]).await;
        let (service, cells) =
            rows.into_iter().next().ok_or_else(|| ApiError::internal("A row is missing."))?;
        let stages = path.stages.iter().zip(&cells);
        Ok(BoardRow {
            service: service.to_string(),
            cells: stages.map(|(stage, cell)| cell_view(stage.name.as_str(), cell)).collect(),
        })
    }
}

/// The cells of services, one for each stage in order.
pub(crate) async fn rows(
    world: &mut World<'_>,
    path: &Path,
    services: &[Service],
) -> Vec<(Service, Vec<Cell>)> {
    let places = services.iter().flat_map(|service| {
        path.stages.iter().flat_map(move |stage| stage.places(service).unwrap_or_default())
    });
    let places: Vec<_> = places.collect();
    world.look(places).await;
    let cells = |service: &Service| {
        let facts: Vec<_> =
            path.stages.iter().map(|stage| select::facts(stage, service, &world.looked)).collect();
        row(&path.name, service, &facts, &world.entries, &world.holds)
    };
    services.iter().map(|service| (service.clone(), cells(service))).collect()
}

/// What a rollback of a service's stage would take.
pub(crate) fn rollback_of(
    world: &World<'_>,
    path: &Path,
    stage: &longshore_promotion::path::Stage,
    service: &Service,
    cell: &Cell,
) -> Option<longshore_promotion::record::RollbackTarget> {
    let has = |digest: &longshore_names::Digest| {
        let places = stage.places(service).unwrap_or_default();
        places.iter().any(|place| {
            world.now(place).is_some_and(|now| now.images.iter().any(|image| image.digest == *digest))
        })
    };
    let key = (&path.name, &stage.name, service);
    rollback_target(&world.entries, key, cell.digest.as_ref(), &world.holds, &has).ok()
}

fn cell_view(stage: &str, cell: &Cell) -> BoardCell {
    let drift = |drift: &Drift| match drift {
        Drift::Moved { place, tag, recorded, found } => BoardDrift {
            place: place.to_string(),
            tag: tag.to_string(),
            recorded: Some(recorded.to_string()),
            found: Some(found.to_string()),
        },
        Drift::Gone { place, tag } => {
            BoardDrift { place: place.to_string(), tag: tag.to_string(), recorded: None, found: None }
        }
    };
    BoardCell {
        stage: stage.to_owned(),
        digest: cell.digest.as_ref().map(ToString::to_string),
        tag: cell.tag.as_ref().map(ToString::to_string),
        since: cell.since.map(|since| since.at()),
        first_seen: matches!(cell.since, Some(Since::FirstSeen(_))),
        by: cell.by.as_ref().map(ToString::to_string),
        behind: cell.behind.map(|behind| u32::try_from(behind).unwrap_or(u32::MAX)),
        drift: cell.drift.iter().map(drift).collect(),
        hold: cell.hold.as_ref().map(|hold| hold.sentence()),
        block: cell.block.as_ref().map(|block| block.sentence()),
        differing: cell.differing.clone(),
    }
}
