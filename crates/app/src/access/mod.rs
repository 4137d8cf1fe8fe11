//! Who acts at a registry, and through which client: one answer for the window and the command line.
//!
//! An ECR registry is reached as the account that owns it, as another connected account that was
//! chosen, or with the credentials of this process's environment. Each gives an [`Origin`], and that a
//! client. [`Connection`]s are the window's, made once for each registry; [`Endpoints`] are registries,
//! directories and archives as the copy engine reads and writes them.

mod actor;
mod connect;
mod connection;
mod credentials;
mod denied;
mod endpoints;
mod identify;
mod identity_center;
mod location;
mod login;
mod origin;
mod tls;

pub use actor::ENVIRONMENT;
pub(crate) use actor::acting;
pub(crate) use connection::{Connection, Connections};
pub(crate) use credentials::{Profiles, Sessions, Sources};
pub(crate) use denied::why_denied;
pub(crate) use endpoints::Alias;
pub use endpoints::{EndpointOptions, Endpoints, KnownHost, NewRepositories};
pub(crate) use identity_center::{CenterRole, SignIns, SsoSession, Tokens};
pub use location::Location;
pub use login::{REGISTRY_USER, registry_hosts, registry_password};
pub(crate) use origin::Origin;
pub use tls::TlsChoices;
