//! Operations on a registry: its policy, replication, backfills, templates, settings, authorization.

pub(crate) mod account_settings;
pub(crate) mod authorization;
pub(crate) mod backfill;
pub(crate) mod policy_grammar;
pub(crate) mod policy_rewriting;
pub(crate) mod registry_policy;
pub(crate) mod replication;
pub(crate) mod template_settings;
pub(crate) mod templates;
