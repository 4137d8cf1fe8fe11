//! `longshore repository list`

use longshore_app::api::{Encryption, RepositoryRow};
use serde_json::json;

use super::{look, places, unreadable};
use crate::{failure::Failure, manage::open::Managed, output};

/// Lists repositories. What cannot be read is named, and the command ends with 3.
pub(super) async fn run(managed: &Managed, texts: &[String], text: &str) -> Result<(), Failure> {
    let places = places(managed, texts).await?;
    let (mut count, mut unread) = (0_usize, 0_usize);
    for (registry, looked) in look(managed, &places, false, false).await {
        if let Err(problem) = looked {
            unread += 1;
            unreadable(managed, &registry, &problem);
            continue;
        }
        let rows = managed.app.repositories_at(&registry).await?;
        for row in rows.iter().filter(|row| row.name.contains(text.trim())) {
            count += 1;
            report(managed, row);
        }
    }
    if managed.json {
        output::summary(&json!({
            "event": "summary", "registries": places.len(), "repositories": count, "unread": unread,
        }));
    }
    match unread {
        0 => Ok(()),
        1 => Err(Failure::Incomplete("1 registry cannot be read.".into())),
        many => Err(Failure::Incomplete(format!("{many} registries cannot be read."))),
    }
}

fn report(managed: &Managed, row: &RepositoryRow) {
    let (kind, key) = match &row.encryption {
        Encryption::Aes256 => ("AES256", None),
        Encryption::Kms { key } => ("KMS", key.as_deref()),
        Encryption::KmsDsse { key } => ("KMS_DSSE", key.as_deref()),
    };
    let RepositoryRow { registry, name, uri, mutability, scan_on_push, created, .. } = row;
    if managed.json {
        output::json(&json!({
            "event": "repository", "account": registry.account, "region": registry.region, "name": name,
            "uri": uri, "immutable": mutability.immutable, "exclusions": mutability.exclusions,
            "scan_on_push": scan_on_push, "encryption": kind, "kms_key": key, "created": created,
        }));
        return;
    }
    let tags = if mutability.immutable { "immutable" } else { "mutable" };
    let but = match mutability.exclusions.as_slice() {
        [] => String::new(),
        some => format!(" but {}", some.join(", ")),
    };
    let scan = if *scan_on_push { "scan on push" } else { "no scan" };
    output::line(&format!("{}/{}/{name}  {tags}{but}, {scan}, {kind}", registry.account, registry.region));
}
