//! `longshore repository create`

use std::path::Path;

use longshore_app::api::{ApiError, Encryption, Mutability, NameValue, NewRepository, PlanRequest, Side};
use serde_json::json;

use super::{
    arguments::{Create, EncryptionKind},
    places,
};
use crate::{
    failure::Failure,
    files,
    manage::{
        changes::{carry_out, end},
        open::Managed,
    },
};

/// The most bytes of a policy, or of a list of names.
const MOST: u64 = 1024 * 1024;

/// Creates repositories.
pub(super) async fn run(managed: &Managed, options: Create) -> Result<(), Failure> {
    let mut names = options.repositories;
    if let Some(file) = &options.names {
        names.extend(listed(&text_of(file)?));
    }
    let registries = places(managed, &options.places).await?;
    let key = options.kms_key;
    let encryption = match options.encryption {
        EncryptionKind::Aes256 if key.is_some() => {
            return Err(Failure::Usage("--kms-key needs --encryption kms or kms-dsse.".into()));
        }
        EncryptionKind::Aes256 => Encryption::Aes256,
        EncryptionKind::Kms => Encryption::Kms { key },
        EncryptionKind::KmsDsse => Encryption::KmsDsse { key },
    };
    let tags = options.tags.iter().map(|text| tag(text)).collect::<Result<_, _>>()?;
    let settings = NewRepository {
        mutability: Mutability { immutable: options.immutable, exclusions: options.except },
        scan_on_push: options.scan,
        encryption,
        tags,
        lifecycle: options.lifecycle_policy.as_deref().map(text_of).transpose()?,
        policy: options.repository_policy.as_deref().map(text_of).transpose()?,
    };
    let more = json!({"repositories": names, "registries": registries.len()});
    let request = PlanRequest::CreateRepositories { registries, names, settings };
    // Repositories do not need each other.
    let made = carry_out(managed, request, &options.change, true).await?;
    end(managed, &options.change, made, more)
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let bytes = files::read(file, MOST)?;
    String::from_utf8(bytes).map_err(|_| {
        let text = format!("{} is not text in UTF-8.", files::shown(file));
        ApiError::new("file-unreadable", Side::ThisMachine, text).into()
    })
}

/// One name in each line; `#` begins a comment.
fn listed(text: &str) -> Vec<String> {
    let names = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn tag(text: &str) -> Result<NameValue, Failure> {
    match text.split_once('=') {
        Some((name, value)) => Ok(NameValue { name: name.to_owned(), value: value.to_owned() }),
        None => Err(Failure::Usage(format!("`{text}` is not KEY=VALUE."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_with_comments() {
        assert_eq!(listed("# ours\nteam/a\n\n team/b  # new\n"), ["team/a", "team/b"]);
        assert!(tag("no-value").is_err());
    }
}
