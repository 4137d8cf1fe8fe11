//! One build: what it is made of, where it is, and where it was.

use longshore_promotion::{
    Place,
    gate::{BuildFacts, Evidence},
    search::commit_of,
};

use super::{known_path, look::read_build, select, world::World};
use crate::{
    App,
    api::{ApiError, BuildPlace, BuildPlatform, BuildView, GetBuild, ListPromotions, NameValue},
};

impl App {
    /// A build of a service, read now. On ECR, reading its content counts as a pull.
    ///
    /// # Errors
    /// `promotion-path-unknown`, `promotion-stage-unknown`, `promotion-service-unknown`,
    /// `promotion-build-unknown`.
    pub async fn build(&self, request: GetBuild) -> Result<BuildView, ApiError> {
        let GetBuild { space, path, service, build, stage } = request;
        let path = known_path(self, space, &path).await?;
        let service = select::service(&path, &service)?;
        let mut world = World::new(self, space).await?;
        let places = path.stages.iter().flat_map(|stage| stage.places(&service).unwrap_or_default());
        let places: Vec<Place> = places.collect();
        world.look(places).await;
        let stages: Vec<_> = match &stage {
            Some(name) => vec![select::stage(&path, name)?],
            // A digest may be in any stage.
            None if build.contains(':') => path.stages.iter().collect(),
            None => path.stages.iter().take(1).collect(),
        };
        let mut last = None;
        let chosen = stages.into_iter().find_map(|stage| {
            let found = select::build(&path, stage, &service, Some(&build), &world.looked, None);
            found.map_err(|error| last = Some(error)).ok()
        });
        let Some(chosen) = chosen else {
            return Err(last.unwrap_or_else(|| ApiError::internal("A path without stages.")));
        };
        let digest = chosen.digest;
        let mut found = Vec::new();
        let mut source = None;
        for stage in &path.stages {
            for place in stage.places(&service).unwrap_or_default() {
                let image =
                    world.now(&place).and_then(|now| now.images.iter().find(|one| one.digest == digest));
                let Some(image) = image else { continue };
                found.push(BuildPlace {
                    stage: stage.name.to_string(),
                    place: place.to_string(),
                    tags: image.tags.iter().map(ToString::to_string).collect(),
                    since: image.since.map(|since| since.at()),
                });
                source.get_or_insert(place);
            }
        }
        let mut facts = BuildFacts::unknown(digest.clone(), None);
        let mut referrers = Vec::new();
        if let Some(place) = &source {
            let reached = world.reached(&place.registry)?;
            facts = read_build(&reached.sink, place, facts).await;
            let listed = reached.sink.referrers(&place.repository, &digest).await?;
            referrers = listed.into_iter().map(|one| one.digest.to_string()).collect();
        }
        let pairs = |map: Option<&std::collections::BTreeMap<String, String>>| {
            let pairs = map.into_iter().flatten();
            pairs.map(|(name, value)| NameValue { name: name.clone(), value: value.clone() }).collect()
        };
        let labels = facts.labels.known();
        let history = ListPromotions {
            space,
            path: None,
            stage: None,
            service: None,
            digest: Some(digest.to_string()),
            from: None,
            until: None,
            moves_only: false,
            text: None,
            limit: Some(200),
        };
        let platform = |one: &longshore_promotion::gate::PlatformFacts| BuildPlatform {
            platform: one.platform.clone(),
            digest: one.digest.to_string(),
            bytes: one.bytes,
        };
        Ok(BuildView {
            service: service.to_string(),
            commit: labels.and_then(|labels| commit_of(labels)).map(str::to_owned),
            labels: pairs(labels),
            annotations: pairs(facts.annotations.known()),
            platforms: facts.platforms.known().into_iter().flatten().map(platform).collect(),
            referrers,
            problem: match &facts.platforms {
                Evidence::NotKnown(why) => Some(why.clone()),
                Evidence::Known(_) | Evidence::Missing => None,
            },
            places: found,
            history: self.promotions(history).await?,
            block: world.holds.block(&digest).map(|block| block.sentence()),
            digest: digest.to_string(),
        })
    }
}
