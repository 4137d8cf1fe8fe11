//! The field's words as types, parsed once at the border and carried as types from there on.
//!
//! Each type has two ways in: [`FromStr`](std::str::FromStr) is lenient and takes whatever a
//! service may send; `for_input` is strict and takes what a person may type, with an error that
//! says what to change. All of them are plain strings in JSON.
//!
//! ```
//! use longshore_names::{AccountId, Region, RepositoryName};
//!
//! let account: AccountId = "111122223333".parse()?;
//! let region = Region::for_input("us-west-2")?;
//! let name = RepositoryName::for_input("team/prod-microservice")?;
//! assert_eq!(region.partition().id(), "aws");
//! assert_eq!(name.arn(&account, &region), "arn:aws:ecr:us-west-2:111122223333:repository/team/prod-microservice");
//! # Ok::<(), longshore_names::NameError>(())
//! ```
//!
//! Text from outside that is not a name is shown as [`ForeignText`].
//!
//! Not for: talking to anything. There is no I/O here.

mod account;
mod digest;
mod error;
mod foreign;
mod near;
mod prefix;
mod region;
mod registry_id;
mod repository;
mod sentence;
mod tag;
mod text;
mod units;

pub use account::AccountId;
pub use digest::{Algorithm, Digest};
pub use error::{NameError, NameKind};
pub use foreign::{ForeignText, is_hidden, shown, shown_json, shown_lines};
pub use near::did_you_mean;
pub use prefix::Prefix;
pub use region::{Partition, Region};
pub use registry_id::RegistryId;
pub use repository::RepositoryName;
pub use sentence::{capital, capital_unless};
pub use tag::Tag;
pub use units::{parse_duration, parse_platform, parse_rate};
