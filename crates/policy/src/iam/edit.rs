//! Changes one statement of a document and leaves the others as they are.

use longshore_names::AccountId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Policy, Statement, StatementView, canonical,
    principal::{self, Principal, texts},
};
use crate::{ContentHash, EditError};

const STATEMENT: &str = "statement";

/// The result of adding a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "hash", rename_all = "snake_case")]
pub enum Added {
    /// It was added after the others.
    Appended(ContentHash),
    /// Its principals were added to a statement with the same Sid, effect, action, resource and
    /// condition. This is the new content of that statement.
    Merged(ContentHash),
}

impl Added {
    /// The hash by which the statement is found again.
    pub fn hash(&self) -> &ContentHash {
        match self {
            Self::Appended(hash) | Self::Merged(hash) => hash,
        }
    }
}

impl Policy {
    fn position(&self, hash: &ContentHash) -> Result<usize, EditError> {
        let missing = EditError::ChangedElsewhere { what: STATEMENT };
        self.raw_statements().iter().rposition(|s| canonical::hash(s) == *hash).ok_or(missing)
    }

    /// Edits the statements as a list; a single object becomes a list of one.
    fn with_list<T>(&mut self, work: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        let mut list = match self.raw.get_mut("Statement").map(Value::take) {
            Some(Value::Array(list)) => list,
            Some(one @ Value::Object(_)) => vec![one],
            _ => Vec::new(),
        };
        let done = work(&mut list);
        self.raw.insert("Statement".into(), Value::Array(list));
        done
    }

    /// A Sid near `sid` that no statement has: `sid2`, `sid3`, …
    pub fn free_sid(&self, sid: &str) -> String {
        let taken: Vec<String> = self.statements().into_iter().filter_map(|s| s.sid).collect();
        if !taken.iter().any(|t| t == sid) {
            return sid.to_owned();
        }
        let free = (2..).map(|n| format!("{sid}{n}")).find(|next| !taken.contains(next));
        free.unwrap_or_else(|| sid.to_owned())
    }

    /// Adds a statement after the others. If one with the same Sid has an equal effect, action,
    /// resource and condition, adds the principals to that one instead.
    ///
    /// # Errors
    /// [`EditError::AlreadyThere`] when nothing would change, [`EditError::SidTaken`] when the Sid
    /// belongs to a statement with other content.
    pub fn add_statement(&mut self, statement: &Statement) -> Result<Added, EditError> {
        let value = statement.to_value();
        let view = statement.view();
        if self.statement(&view.hash).is_some() {
            return Err(EditError::AlreadyThere { what: STATEMENT });
        }
        let same_sid = self.statements().into_iter().find(|s| s.sid.is_some() && s.sid == view.sid);
        let Some(there) = same_sid else {
            self.with_list(|list| list.push(value));
            return Ok(Added::Appended(view.hash));
        };
        let taken = || {
            let sid = view.sid.clone().unwrap_or_default();
            EditError::SidTaken { proposed: self.free_sid(&sid), sid }
        };
        if canonical::without_principals(&there.raw) != canonical::without_principals(&value) {
            return Err(taken());
        }
        let Some(merged) = merge_principals(&there.raw, &value) else { return Err(taken()) };
        let hash = canonical::hash(&merged);
        if hash == there.hash {
            return Err(EditError::AlreadyThere { what: STATEMENT });
        }
        self.with_list(|list| list[there.index] = merged);
        Ok(Added::Merged(hash))
    }

    /// Replaces the statement that has this content with `statement`. Fields of the old one that
    /// this version does not know are kept, unless the new one has them too.
    ///
    /// # Errors
    /// [`EditError::ChangedElsewhere`] when none has this content, [`EditError::AlreadyThere`] when
    /// another one has the new content, [`EditError::SidTaken`] when another one has the new Sid.
    pub fn replace_statement(
        &mut self,
        hash: &ContentHash,
        statement: &Statement,
    ) -> Result<ContentHash, EditError> {
        let at = self.position(hash)?;
        let old = StatementView::read(at, self.raw_statements()[at]);
        let mut new = statement.0.clone();
        for key in &old.unknown_fields {
            if let (false, Some(value)) = (new.contains_key(key), old.raw.get(key)) {
                new.insert(key.clone(), value.clone());
            }
        }
        let new = StatementView::read(at, &Value::Object(new));
        for other in self.statements().into_iter().filter(|s| s.index != at) {
            if other.hash == new.hash {
                return Err(EditError::AlreadyThere { what: STATEMENT });
            }
            if let (Some(sid), true) = (&new.sid, other.sid == new.sid) {
                return Err(EditError::SidTaken { sid: sid.clone(), proposed: self.free_sid(sid) });
            }
        }
        let StatementView { raw, hash, .. } = new;
        self.with_list(|list| list[at] = raw);
        Ok(hash)
    }

    /// Removes the statement that has this content and returns it unchanged.
    ///
    /// # Errors
    /// [`EditError::ChangedElsewhere`] when none has this content.
    pub fn remove_statement(&mut self, hash: &ContentHash) -> Result<Statement, EditError> {
        let at = self.position(hash)?;
        let removed = self.with_list(|list| list.remove(at));
        Statement::from_value(removed).map_err(|_| EditError::ChangedElsewhere { what: STATEMENT })
    }

    /// Removes whole accounts from the statement that has this content, and the statement itself if
    /// no principal is left. Returns the remaining content.
    ///
    /// # Errors
    /// [`EditError::ChangedElsewhere`] when none has this content or an account is not in it,
    /// [`EditError::NotAccounts`] when its principal is not a list of AWS principals.
    pub fn remove_accounts(
        &mut self,
        hash: &ContentHash,
        accounts: &[AccountId],
    ) -> Result<Option<ContentHash>, EditError> {
        let at = self.position(hash)?;
        let raw = self.raw_statements()[at].clone();
        let there = StatementView::read(at, &raw).accounts();
        let aws = raw.get("Principal").and_then(|p| p.get("AWS")).and_then(texts);
        let Some(aws) = aws else { return Err(EditError::NotAccounts) };
        if accounts.iter().any(|account| !there.contains(account)) {
            return Err(EditError::ChangedElsewhere { what: STATEMENT });
        }
        let left: Vec<String> = aws.into_iter().filter(|text| !names_any(text, accounts)).collect();
        let others = raw.get("Principal").and_then(Value::as_object).is_some_and(|kinds| kinds.len() > 1);
        if left.is_empty() && !others {
            self.with_list(|list| list.remove(at));
            return Ok(None);
        }
        let mut changed = raw;
        if let Some(Value::Object(kinds)) = changed.get_mut("Principal") {
            if left.is_empty() {
                kinds.shift_remove("AWS");
            } else {
                kinds.insert("AWS".into(), scalar_or_list(left));
            }
        }
        let hash = canonical::hash(&changed);
        self.with_list(|list| list[at] = changed);
        Ok(Some(hash))
    }
}

fn names_any(text: &str, accounts: &[AccountId]) -> bool {
    let mut one = Map::new();
    one.insert("AWS".into(), text.into());
    let read = principal::read(&Value::Object(one)).unwrap_or_default();
    read.iter().any(|p| matches!(p, Principal::Account { account, .. } if accounts.contains(account)))
}

pub(crate) fn scalar_or_list(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { Value::String(texts.remove(0)) } else { texts.into() }
}

/// `there` with the principals of `new` that it does not have; `None` if they cannot be merged.
fn merge_principals(there: &Value, new: &Value) -> Option<Value> {
    let (old, more) = (there.get("Principal")?, new.get("Principal")?);
    let known = principal::read(old)?;
    if known.contains(&Principal::Everyone) {
        return Some(there.clone());
    }
    principal::read(more)?;
    // A bare account id is in its registry's partition; `aws` and `aws-cn` are different
    // partitions.
    let partition_of =
        |statement: &Value| statement.as_object().map(canonical::partition).unwrap_or_default();
    let (here, beside) = (partition_of(there), partition_of(new));
    let mut kinds = old.as_object()?.clone();
    for (kind, values) in more.as_object()? {
        let mut all = kinds.get(kind).and_then(texts).unwrap_or_default();
        for text in texts(values)? {
            let mut single = Map::new();
            single.insert(kind.clone(), Value::String(text.clone()));
            let entry = principal::read(&Value::Object(single))?;
            let same = |p: &Principal| match (p, entry.first()) {
                (
                    Principal::Account { account: a, partition: p },
                    Some(Principal::Account { account: b, partition: q }),
                ) => a == b && p.as_ref().unwrap_or(&here) == q.as_ref().unwrap_or(&beside),
                (a, Some(b)) => a == b,
                (_, None) => false,
            };
            if !known.iter().any(same) && !all.contains(&text) {
                all.push(text);
            }
        }
        kinds.insert(kind.clone(), scalar_or_list(all));
    }
    let mut merged = there.clone();
    merged.as_object_mut()?.insert("Principal".into(), Value::Object(kinds));
    Some(merged)
}
