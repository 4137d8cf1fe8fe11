//! Deleted users and roles in a policy: found, and taken out.
//!
//! AWS shows the id of a principal that no longer exists (`AROA…`, `AIDA…`). It matches nobody, and
//! ECR refuses a document that sends it back (`Principal not found`).

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Policy, StatementRef, StatementView,
    edit::scalar_or_list,
    principal::{Principal, orphan, texts},
};

/// A deleted principal in a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Orphan {
    /// The id, such as `AROAEXAMPLEEXAMPLE123`.
    pub id: String,
    /// `role`, `user`, `group` or `instance profile`.
    pub kind: &'static str,
    /// The statement that names it.
    pub statement: StatementRef,
}

/// What [`Policy::remove_principals`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PrincipalsRemoved {
    /// The principals that were taken out, each once, in the document's order.
    pub principals: Vec<String>,
    /// The statements that named nobody else and are gone, by their place before.
    pub statements: Vec<StatementRef>,
}

impl Policy {
    /// Every deleted principal, once for each statement that names it.
    pub fn orphans(&self) -> Vec<Orphan> {
        let of = |statement: &StatementView| {
            let reference = StatementRef::of(statement);
            let read = |principal: &Principal| match principal {
                Principal::Aws(id) => {
                    Some(Orphan { id: id.clone(), kind: orphan(id)?, statement: reference.clone() })
                }
                _ => None,
            };
            statement.principals.items().iter().filter_map(read).collect::<Vec<_>>()
        };
        self.statements().iter().flat_map(of).collect()
    }

    /// Takes the deleted principals out. The meaning stays: they matched nobody.
    pub fn remove_orphans(&mut self) -> PrincipalsRemoved {
        let orphans = self.orphaned_principals();
        self.remove_principals(&orphans)
    }

    /// Takes AWS principals out of every statement, given as they are written. A statement that names
    /// nobody else is removed; one whose `NotPrincipal` names nobody else becomes one about everyone.
    /// Statements about other principals stay as they are. If [`is_empty`](Self::is_empty) holds
    /// afterwards, the policy must be deleted instead of written.
    pub fn remove_principals(&mut self, principals: &[String]) -> PrincipalsRemoved {
        let mut removed = PrincipalsRemoved::default();
        let views = self.statements();
        let mut kept: Vec<Value> = Vec::new();
        for view in views {
            let mut raw = view.raw.clone();
            match raw.as_object_mut().map(|object| without(object, principals, &mut removed.principals)) {
                Some(Left::Nobody) => removed.statements.push(StatementRef::of(&view)),
                Some(Left::Changed) => kept.push(raw),
                Some(Left::Unchanged) | None => kept.push(view.raw),
            }
        }
        if !removed.principals.is_empty() {
            self.raw.insert("Statement".into(), Value::Array(kept));
        }
        removed
    }
}

/// What is left of a statement.
enum Left {
    Unchanged,
    Changed,
    Nobody,
}

fn without(statement: &mut Map<String, Value>, principals: &[String], removed: &mut Vec<String>) -> Left {
    let Some(key) = ["Principal", "NotPrincipal"].into_iter().find(|key| statement.contains_key(*key)) else {
        return Left::Unchanged;
    };
    let Some(Value::Object(kinds)) = statement.get_mut(key) else { return Left::Unchanged };
    let Some(written) = kinds.get("AWS").and_then(texts) else { return Left::Unchanged };
    let (out, left): (Vec<String>, Vec<String>) =
        written.into_iter().partition(|text| principals.contains(text));
    if out.is_empty() {
        return Left::Unchanged;
    }
    for text in out {
        if !removed.contains(&text) {
            removed.push(text);
        }
    }
    if left.is_empty() {
        kinds.shift_remove("AWS");
    } else {
        kinds.insert("AWS".into(), scalar_or_list(left));
    }
    if !kinds.is_empty() {
        return Left::Changed;
    }
    if key == "Principal" {
        return Left::Nobody;
    }
    // All but nobody is everyone.
    let everyone = statement.iter().map(|(name, value)| match name.as_str() {
        "NotPrincipal" => ("Principal".to_owned(), "*".into()),
        _ => (name.clone(), value.clone()),
    });
    *statement = everyone.collect();
    Left::Changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROLE: &str = "AROAEXAMPLEEXAMPLE123";
    const USER: &str = "AIDAEXAMPLEEXAMPLE456";

    fn policy(statements: Value) -> Policy {
        Policy::from_value(json!({ "Version": "2012-10-17", "Id": "kept", "Statement": statements })).unwrap()
    }

    #[test]
    fn deleted_principals_are_found_and_taken_out() {
        let dev = "arn:aws:iam::111122223333:root";
        let mut one = policy(json!([
            { "Sid": "Both", "Effect": "Allow", "Principal": { "AWS": [ROLE, dev] }, "xLater": 1 },
            { "Sid": "Only", "Effect": "Allow", "Principal": { "AWS": ROLE } },
            { "Sid": "Service", "Effect": "Allow", "Principal": { "AWS": USER, "Service": "x.amazonaws.com" } },
            { "Sid": "Not", "Effect": "Deny", "NotPrincipal": { "AWS": [USER] }, "Action": "*" },
            { "Sid": "Other", "Effect": "Allow", "Principal": { "AWS": [dev] } },
        ]));
        let kinds: Vec<_> = one.orphans().into_iter().map(|o| (o.kind, o.statement.index)).collect();
        assert_eq!(kinds, [("role", 0), ("role", 1), ("user", 2), ("user", 3)]);
        let removed = one.remove_orphans();
        assert_eq!(removed.principals, [ROLE, USER]);
        assert_eq!(removed.statements, [StatementRef { index: 1, sid: Some("Only".into()) }]);
        assert_eq!(
            one.to_value(),
            json!({ "Version": "2012-10-17", "Id": "kept", "Statement": [
                { "Sid": "Both", "Effect": "Allow", "Principal": { "AWS": dev }, "xLater": 1 },
                { "Sid": "Service", "Effect": "Allow", "Principal": { "Service": "x.amazonaws.com" } },
                { "Sid": "Not", "Effect": "Deny", "Principal": "*", "Action": "*" },
                { "Sid": "Other", "Effect": "Allow", "Principal": { "AWS": [dev] } },
            ]})
        );
        assert_eq!(one.remove_orphans(), PrincipalsRemoved::default(), "nothing is left to do");
    }

    #[test]
    fn a_policy_of_deleted_principals_only_must_be_deleted() {
        let mut one = policy(json!({ "Effect": "Allow", "Principal": { "AWS": ROLE } }));
        assert_eq!(one.remove_orphans().statements.len(), 1);
        assert!(one.is_empty());
    }
}
