//! What an account has without having created it: its administrator, the role of ECR's replication, and
//! every role that was neither created nor deleted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use longshore_names::{AccountId, Partition};

use super::{ADMINISTRATOR, Entity, Kind, REPLICATION_ROLE, RoleSettings};
use crate::{control::unique_id, state::State};

/// The path of the role of ECR's replication.
const REPLICATION_PATH: &str = "/aws-service-role/replication.ecr.amazonaws.com/";
const REPLICATION_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"replication.ecr.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The role of ECR's replication, as AWS creates it.
pub(crate) fn replication_role(account: &AccountId, partition: Partition, at: DateTime<Utc>) -> Entity {
    let id = unique_id("AROA", &[account.as_str(), REPLICATION_ROLE]);
    let mut role = Entity::new(REPLICATION_ROLE.to_owned(), REPLICATION_PATH.to_owned(), id, at);
    let policy = "aws-service-role/ECRReplicationServiceRolePolicy";
    role.attached.insert(format!("arn:{partition}:iam::aws:policy/{policy}"));
    role.role =
        Some(RoleSettings { trust: REPLICATION_TRUST.to_owned(), description: None, longest_session: 3600 });
    role
}

impl State {
    /// A user, a group or a role, created or not.
    pub(crate) fn entity(
        &self,
        account: &AccountId,
        partition: Partition,
        kind: Kind,
        name: &str,
    ) -> Option<Entity> {
        let document = self.iam(account)?.document();
        if let Some(created) = document.all(kind).get(name) {
            return Some(created.clone());
        }
        let (prefix, path) = match kind {
            Kind::User if name == ADMINISTRATOR => ("AIDA", "/".to_owned()),
            Kind::Role if name == REPLICATION_ROLE => {
                let exists = self.has_replication_role(account);
                return exists.then(|| replication_role(account, partition, DateTime::UNIX_EPOCH));
            }
            Kind::Role if !document.deleted_roles.contains(name) => {
                ("AROA", self.planted.path(&(account.clone(), format!("role/{name}"))))
            }
            _ => return None,
        };
        let id = unique_id(prefix, &[account.as_str(), name]);
        let mut entity = Entity::new(name.to_owned(), path, id, DateTime::UNIX_EPOCH);
        let all = format!("arn:{partition}:iam::aws:policy/AdministratorAccess");
        match self.planted.policy(&(account.clone(), format!("{}/{name}", kind.word()))) {
            Some(planted) => entity.inline = BTreeMap::from([("planted".to_owned(), planted)]),
            None => entity.attached = BTreeSet::from([all]),
        }
        Some(entity)
    }

    /// Those that lists show: what was created, the administrator, and the role of replication.
    pub(crate) fn entities(&self, account: &AccountId, partition: Partition, kind: Kind) -> Vec<Entity> {
        let document = self.iam(account).map(|iam| iam.document()).unwrap_or_default();
        let implied = match kind {
            Kind::User => Some(ADMINISTRATOR),
            Kind::Role => Some(REPLICATION_ROLE),
            Kind::Group => None,
        };
        let implied = implied.filter(|name| !document.all(kind).contains_key(*name));
        let mut all: Vec<Entity> = document.all(kind).values().cloned().collect();
        all.extend(implied.and_then(|name| self.entity(account, partition, kind, name)));
        all
    }
}
