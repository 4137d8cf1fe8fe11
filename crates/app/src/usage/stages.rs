//! Images that stages of paths have, and those that a rollback would take.

use longshore_names::{Digest, RepositoryName};
use longshore_policy::{lifecycle::InUse, rule::Registry};
use longshore_promotion::{Place, Spared, spared};

use super::Seen;
use crate::{
    App,
    api::{ApiError, RepositoryKey},
    promotion::{World, board_rows, load_paths, rollback_of},
};

impl App {
    /// Which of these images stages, holds and rollbacks use, each with the user as the end of *It is used by …*.
    pub(crate) async fn stages_that_use(
        &self,
        key: &RepositoryKey,
        name: &RepositoryName,
        digests: impl Iterator<Item = &Digest>,
    ) -> Result<Vec<(Digest, String)>, ApiError> {
        let seen = Box::pin(self.used_by_stages(key, name)).await?;
        let used = |digest: &Digest| Some((digest.clone(), seen.used.used_by(digest.as_str(), &[])?));
        Ok(digests.filter_map(used).collect())
    }

    /// The images of a repository that stages, holds and rollbacks use. What a stage has is read at its
    /// registries, because the record is not asked where builds are.
    pub(crate) async fn used_by_stages(
        &self,
        key: &RepositoryKey,
        name: &RepositoryName,
    ) -> Result<Seen, ApiError> {
        let mut seen = Seen::default();
        let place = Place::new(Registry::Ecr(key.registry.id()), name.clone());
        let space = key.registry.space;
        let paths = load_paths(self, space).await?;
        let of_paths: Vec<_> = paths.iter().filter(|path| !path.at(&place).is_empty()).collect();
        if of_paths.is_empty() {
            return Ok(seen);
        }
        let mut world = World::new(self, space).await?;
        for path in of_paths {
            let mut services: Vec<_> = path.at(&place).into_iter().map(|(_, service)| service).collect();
            services.dedup();
            let rows = board_rows(&mut world, path, &services).await;
            let mut all = Vec::new();
            for (service, cells) in &rows {
                for (stage, cell) in path.stages.iter().zip(cells) {
                    seen.unseen.extend(
                        cell.differing.iter().filter(|text| text.contains("could not be read")).cloned(),
                    );
                    all.push((stage, service, cell, rollback_of(&world, path, stage, service, cell)));
                }
            }
            let used = spared(all.iter().map(|(stage, service, cell, rollback)| Spared {
                path,
                stage,
                service,
                cell,
                rollback: rollback.as_ref(),
            }));
            let here = used
                .into_iter()
                .filter(|(at, _)| at.repository == place.repository && at.registry.is_same(&place.registry));
            here.for_each(|(_, images)| seen.used.merge(images));
        }
        Ok(seen)
    }
}
