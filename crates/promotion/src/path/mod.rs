//! Paths: ordered stages, where they are, and what a build has to satisfy to enter one.

mod check;
mod compile;
mod file;
mod gates;
mod mapping;
mod model;
mod read;
mod rollback_tags;
mod tags;

pub use compile::compile;
pub use file::{MappingKey, MappingText, PathFile, PathText, PrefixText, StageText, TagPolicyText};
pub use gates::{
    AllowText, AttestationText, CommandText, FreezeDates, FreezeText, GateText, ScanText, SignerText,
    WebhookText,
};
pub use mapping::{Mapping, MappingError};
pub use model::{Destination, Path, Stage};
pub use read::{PathFileRead, paths_to_yaml, read_path_file, read_paths, schema};
pub use rollback_tags::rollback_tag_changes;
pub use tags::{TagChange, TagFacts, TagPolicy, TagPolicyError, tag_changes};
