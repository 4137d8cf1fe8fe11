//! `longshore copy`, `sync`, `verify` and `runs` between registries, directories and archives.

mod ecr;
mod ends;
mod files;
mod plans;
mod expiring;
mod referrers;
mod registries;
mod rules;
mod stopping;
mod world;
