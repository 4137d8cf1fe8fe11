//! Operations on repositories: settings, tags, policies.

pub(crate) mod lifecycle_policy;
pub(crate) mod lifecycle_preview;
pub(crate) mod lifecycle_rules;
pub(crate) mod repositories;
pub(crate) mod repository_policy;
pub(crate) mod repository_settings;
pub(crate) mod resource_tags;
pub(crate) mod scanning;
