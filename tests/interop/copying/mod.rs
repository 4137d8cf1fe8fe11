//! `longshore copy`, `sync`, `verify` and `runs` between registries, directories and archives.

mod clock;
mod deleted;
mod ecr;
mod ends;
mod expiring;
mod files;
mod hostile;
mod journal;
mod odd;
mod options;
mod plans;
mod private;
pub(crate) mod referrers;
mod registries;
mod rules;
mod shards;
mod stopping;
mod tls;
pub(crate) mod world;
