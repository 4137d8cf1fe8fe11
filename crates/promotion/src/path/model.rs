//! A path whose every text was understood.

use std::collections::BTreeMap;

use longshore_names::RepositoryName;
use longshore_policy::{lifecycle::tag_matches, rule::Registry};

use super::{Mapping, MappingError, TagPolicy};
use crate::{
    gate::Gate,
    names::{PathName, Person, Service, StageName},
    place::Place,
    scheme::{Step, TagScheme},
};

/// A path: its stages in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Its name.
    pub name: PathName,
    /// Patterns of services; empty for every service.
    pub services: Vec<String>,
    /// The tag scheme of services, by pattern, the most special first.
    pub schemes: Vec<(String, TagScheme)>,
    /// The stages, the first first; at least one.
    pub stages: Vec<Stage>,
    /// The SHA-256 of the path as it is written, in hexadecimal: a request and its approval are for this
    /// content.
    pub hash: String,
}

/// One stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: StageName,
    /// Where it is, at least one; the ones that Longshore writes first.
    pub destinations: Vec<Destination>,
    /// How repositories are named.
    pub mapping: Mapping,
    /// The tag of a build.
    pub tags: TagPolicy,
    /// Which part of a version is raised.
    pub step: Step,
    /// Whether `1`, `1.4` and `latest` move along.
    pub moving_tags: bool,
    /// The environment that runs it.
    pub environment: Option<String>,
    /// The index of the stage that builds come from; `None` for one that builds are pushed to.
    pub from: Option<usize>,
    /// What a build has to satisfy to enter.
    pub gates: Vec<Gate>,
    /// What a build has to satisfy for a rollback.
    pub rollback_gates: Vec<Gate>,
    /// Who may approve, as patterns; empty for everyone whose key is enrolled.
    pub approvers: Vec<String>,
}

/// One registry of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The registry.
    pub registry: Registry,
    /// Whether an ECR rule fills it, so that it is not written and not atomic.
    pub replicated: bool,
}

impl Path {
    /// The stage of a name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name.as_str() == name)
    }

    /// The stage that builds of `stage` come from.
    pub fn previous(&self, stage: &Stage) -> Option<&Stage> {
        self.stages.get(stage.from?)
    }

    /// Whether a service is on this path.
    pub fn has(&self, service: &Service) -> bool {
        self.services.is_empty() || self.services.iter().any(|pattern| tag_matches(pattern, service.as_str()))
    }

    /// The tag scheme of a service, if the path names one.
    pub fn scheme(&self, service: &Service) -> Option<&TagScheme> {
        self.schemes
            .iter()
            .find(|(pattern, _)| tag_matches(pattern, service.as_str()))
            .map(|(_, scheme)| scheme)
    }

    /// The services of a list of repositories of one registry of a stage, in their order.
    pub fn services_in(
        &self,
        stage: &Stage,
        registry: &Registry,
        repositories: &[RepositoryName],
    ) -> Vec<Service> {
        let service = |repository: &RepositoryName| {
            let place = Place::new(registry.clone(), repository.clone());
            self.at(&place).into_iter().find(|(here, _)| here.name == stage.name).map(|(_, service)| service)
        };
        repositories.iter().filter_map(service).collect()
    }

    /// The stages that a repository belongs to, each with its service. Of stages in one registry, the one
    /// whose names are the most special counts: with `{service}` and `prod-{service}`, `prod-api` is of the
    /// second one only.
    pub fn at(&self, place: &Place) -> Vec<(&Stage, Service)> {
        let here =
            |stage: &&Stage| stage.destinations.iter().any(|one| one.registry.is_same(&place.registry));
        let service =
            |stage: &Stage| stage.mapping.service(&place.repository).filter(|service| self.has(service));
        let mut found: Vec<(&Stage, Service)> =
            self.stages.iter().filter(here).filter_map(|stage| Some((stage, service(stage)?))).collect();
        let most = found.iter().map(|(stage, _)| stage.mapping.fixed()).max();
        found.retain(|(stage, _)| Some(stage.mapping.fixed()) == most);
        found
    }

    /// The schemes by name, for writing them.
    pub fn scheme_names(&self) -> BTreeMap<&str, &TagScheme> {
        self.schemes.iter().map(|(pattern, scheme)| (pattern.as_str(), scheme)).collect()
    }
}

impl Stage {
    /// Where a service is in this stage, in the order of the destinations.
    ///
    /// # Errors
    /// When it has no repository here.
    pub fn places(&self, service: &Service) -> Result<Vec<Place>, MappingError> {
        let repository = self.mapping.repository(service)?;
        let place = |one: &Destination| Place::new(one.registry.clone(), repository.clone());
        Ok(self.destinations.iter().map(place).collect())
    }

    /// Whether a person may approve here.
    pub fn may_approve(&self, person: &Person) -> bool {
        self.approvers.is_empty()
            || self.approvers.iter().any(|pattern| tag_matches(pattern, person.as_str()))
    }

    /// The number of approvals that its gates ask for; 0 if none.
    pub fn approvals(&self) -> u32 {
        self.gates.iter().filter_map(|gate| gate.approvals()).max().unwrap_or(0)
    }
}
