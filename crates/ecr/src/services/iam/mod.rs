//! IAM: users, groups, roles and policies of an account, and what its simulator says (IAM API Reference, version
//! 2010-05-08).
//!
//! * `call`: one request, and lists by pages
//! * `model`: what is read; `read`: the reads
//! * `item`: everything that is written, one [`IamItem`] each; `replace`: writes it once, and reads it back
//! * `keys`: access keys; `simulate`: the simulator

mod call;
mod item;
mod keys;
mod model;
mod read;
mod replace;
mod send;
mod simulate;

pub(crate) use call::is_of_iam;
pub use item::{IamItem, IamItemKind};
pub use keys::{AccessKeyView, KeyUse, NewKey};
pub use model::{AttachedPolicy, IamEntity, IamKind, IamPolicy, ListedPolicies, PolicyUse, PolicyVersion};
pub use simulate::{
    IamRole, PolicySourceError, REPLICATION_ROLE, Simulated, SimulatedDecision, policy_source,
};
