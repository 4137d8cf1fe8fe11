//! Writes of [`IamItem`]s: sent once, after the item was read, and read back. IAM has no version to compare, and its
//! reads lag behind its writes for some seconds.

use serde_json::Value;
use tokio::time::sleep;

use super::{
    IamEntity, IamItem,
    call::{absent, is_absent},
    keys::status,
};
use crate::{
    Call, Document, EcrError, Meaning, WriteTiming,
    control::{
        documents::{changed, lost},
        write::{Replace, Stands, replace},
    },
    services::Services,
};

/// A document's text as a value; a text that is not JSON equals only itself.
fn value(text: Option<String>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap_or_else(|_| text.into()))
}

/// That something is so.
fn flag(is_so: bool) -> Value {
    if is_so { Value::Bool(true) } else { Value::Null }
}

impl Services {
    /// An item as it is now; null if it does not exist.
    ///
    /// # Errors
    /// As the reads of its type.
    pub async fn iam_item(&self, item: &IamItem) -> Result<Value, EcrError> {
        Ok(match item {
            IamItem::Entity { kind, name } => {
                self.iam_entity(*kind, name).await?.as_ref().map_or(Value::Null, IamEntity::value)
            }
            IamItem::Trust { role } => {
                let role = self.iam_entity(super::IamKind::Role, role).await?;
                value(role.and_then(|role| role.trust))
            }
            IamItem::Policy { arn } => value(self.iam_policy_document(arn).await?),
            IamItem::Attached { kind, name, arn } => {
                let all = absent(self.iam_attached(*kind, name).await)?.unwrap_or_default();
                flag(all.iter().any(|one| one.arn == *arn))
            }
            IamItem::Inline { kind, name, policy } => value(self.iam_inline(*kind, name, policy).await?),
            IamItem::Member { user, group } => {
                let all = absent(self.iam_groups_of(user).await)?.unwrap_or_default();
                flag(all.contains(group))
            }
            IamItem::Key { user, id } => {
                let keys = absent(self.iam_keys(user).await)?.unwrap_or_default();
                keys.iter().find(|key| key.id == *id).map_or(Value::Null, |key| status(key.active).into())
            }
        })
    }

    /// Replaces an item if it is `expected` now, and returns it as read back; null stands for none. Of a managed
    /// policy a new version comes into force; an older version that says the same is taken again, and if there
    /// are five, the oldest goes.
    ///
    /// # Errors
    /// [`ChangedElsewhere`](crate::EcrErrorKind::ChangedElsewhere) when it is neither `expected` nor `new`,
    /// [`LostUpdate`](crate::EcrErrorKind::LostUpdate), [`Unconfirmed`](crate::EcrErrorKind::Unconfirmed), and
    /// as IAM.
    pub async fn replace_iam(
        &self,
        item: &IamItem,
        expected: &Value,
        new: &Value,
        meaning: &dyn Meaning,
        timing: &WriteTiming,
    ) -> Result<Value, EcrError> {
        let call = Call {
            registry: self.registry.clone(),
            operation: item.operation(expected, new),
            repository: None,
            message: String::new(),
            request_id: None,
        };
        replace(&Writing { services: self, call, item, expected, new, meaning, timing }, timing).await
    }
}

struct Writing<'a> {
    services: &'a Services,
    call: Call,
    item: &'a IamItem,
    expected: &'a Value,
    new: &'a Value,
    meaning: &'a dyn Meaning,
    timing: &'a WriteTiming,
}

impl Replace for Writing<'_> {
    type Content = Value;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn read(&self) -> Result<Value, EcrError> {
        self.services.iam_item(self.item).await
    }

    async fn put(&self) -> Result<(), EcrError> {
        let mut looks = self.timing.looks / 4;
        loop {
            let sent = self.services.send_iam(self.item, self.expected, self.new).await;
            match sent {
                // What is to be removed is gone.
                Err(error) if self.new.is_null() && is_absent(&error) => return Ok(()),
                // What was created right before may not be known everywhere yet.
                Err(error) if looks > 0 && is_absent(&error) => {
                    looks -= 1;
                    sleep(self.timing.look).await;
                }
                sent => return sent,
            }
        }
    }

    fn changes(&self) -> bool {
        !self.meaning.same(self.expected, self.new)
    }

    fn stands(&self, found: &Value) -> Stands {
        match found {
            found if self.meaning.same(found, self.new) => Stands::Ours,
            found if self.meaning.same(found, self.expected) => Stands::Former,
            Value::Null => Stands::Nothing,
            _ => Stands::Other,
        }
    }

    fn changed(&self, found: Value) -> EcrError {
        changed(&self.call, Document::Iam(self.item.kind()), self.expected, found)
    }

    fn lost(&self, found: Value) -> EcrError {
        lost(&self.call, Document::Iam(self.item.kind()), self.new, found)
    }
}
