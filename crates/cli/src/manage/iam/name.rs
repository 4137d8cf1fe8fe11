//! What a person names: a user, a group, a role or a managed policy.

use longshore_app::api::{ApiError, GetIam, IamKind, IamName, RegistryKey, Side};

use crate::{failure::Failure, manage::open::Managed};

/// What was named.
pub(super) enum Named {
    Entity(IamName),
    /// A managed policy by its ARN or name.
    Policy(String),
}

/// The word before a name, in an ARN or as typed.
fn kind(word: &str) -> Option<IamKind> {
    match word {
        "user" => Some(IamKind::User),
        "group" => Some(IamKind::Group),
        "role" => Some(IamKind::Role),
        _ => None,
    }
}

/// `user/NAME`, `policy/NAME`, or an ARN of IAM; `None` for a name alone.
fn with_kind(text: &str) -> Option<Named> {
    let text = text.trim();
    let rest = match text.strip_prefix("arn:") {
        Some(arn) => arn.splitn(5, ':').nth(4)?,
        None => text,
    };
    let (word, name) = rest.split_once('/')?;
    if word == "policy" {
        return Some(Named::Policy(if text.starts_with("arn:") { text } else { name }.to_owned()));
    }
    // An ARN has the path before the name.
    let name = if text.starts_with("arn:") { name.rsplit('/').next()? } else { name };
    Some(Named::Entity(IamName { kind: kind(word)?, name: name.to_owned() }))
}

/// A user, a group or a role as `KIND/NAME` or an ARN.
pub(super) fn entity(text: &str) -> Result<IamName, Failure> {
    match with_kind(text) {
        Some(Named::Entity(of)) => Ok(of),
        _ => {
            Err(Failure::Usage(format!("`{text}` is not user/NAME, group/NAME, role/NAME, or such an ARN.")))
        }
    }
}

/// As [`entity`], of several.
pub(super) fn entities(texts: &[String]) -> Result<Vec<IamName>, Failure> {
    texts.iter().map(|text| entity(text)).collect()
}

/// Anything, as `KIND/NAME` or an ARN.
pub(super) fn any(text: &str) -> Result<Named, Failure> {
    with_kind(text).ok_or_else(|| {
        let text = format!("`{text}` is not user/NAME, group/NAME, role/NAME, policy/NAME, or such an ARN.");
        Failure::Usage(text)
    })
}

/// Anything, also by its name alone, if only one has it.
pub(super) async fn find(managed: &Managed, registry: &RegistryKey, text: &str) -> Result<Named, Failure> {
    if let Some(named) = with_kind(text) {
        return Ok(named);
    }
    let mut found = Vec::new();
    for (kind, word) in [(IamKind::User, "user"), (IamKind::Group, "group"), (IamKind::Role, "role")] {
        let of = IamName { kind, name: text.trim().to_owned() };
        let asked = GetIam { registry: registry.clone(), of: of.clone() };
        match managed.asking(async || managed.app.iam_entity(asked.clone()).await).await {
            Ok(_) => found.push((word, of)),
            Err(error) if error.code == "iam-not-found" || error.code == "iam-name-invalid" => {}
            Err(error) => return Err(error.into()),
        }
    }
    match found.as_slice() {
        [] => Ok(Named::Policy(text.trim().to_owned())),
        [(_, of)] => Ok(Named::Entity(of.clone())),
        several => {
            let words: Vec<String> = several.iter().map(|(word, of)| format!("{word}/{}", of.name)).collect();
            let error = format!("Several are named `{}`.", text.trim());
            Err(ApiError::new("iam-ambiguous", Side::Input, error)
                .hint(format!("Choose one: {}.", words.join(", ")))
                .into())
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_kind_before_it_or_in_its_arn() {
        for (text, kind, name) in [
            ("user/johndoe", IamKind::User, "johndoe"),
            ("arn:aws:iam::111122223333:user/team/johndoe", IamKind::User, "johndoe"),
            ("arn:aws-cn:iam::111122223333:role/deploy", IamKind::Role, "deploy"),
            ("group/developers", IamKind::Group, "developers"),
        ] {
            let of = entity(text).unwrap_or_else(|_| panic!("{text}"));
            assert_eq!((of.kind, of.name.as_str()), (kind, name));
        }
        let policy = "arn:aws:iam::aws:policy/service-role/X";
        assert!(matches!(with_kind(policy), Some(Named::Policy(arn)) if arn == policy));
        assert!(matches!(with_kind("policy/X"), Some(Named::Policy(name)) if name == "X"));
        for none in ["johndoe", "arn:aws:iam::1:root", "policy", "machine/x"] {
            assert!(with_kind(none).is_none(), "{none}");
        }
    }
}
