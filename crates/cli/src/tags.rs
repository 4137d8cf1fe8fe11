//! `longshore tags`

use longshore_app::{
    access::Endpoints,
    transfer::{ListedTag, list_tags},
};
use serde_json::json;

use crate::{arguments::Tags, copy, failure::Failure, output};

/// Lists tags.
pub(crate) async fn run(options: Tags) -> Result<(), Failure> {
    let location = options.reference.parse()?;
    let endpoints = Endpoints::new(copy::endpoint_options(options.open).await?);
    let list = list_tags(&endpoints, &location).await?;
    output::notes(&endpoints.remarks().await, options.json);
    if options.json {
        for tag in &list.tags {
            let mut value = serde_json::to_value(tag).unwrap_or_default();
            value["event"] = "tag".into();
            output::json(&value);
        }
        output::summary(&json!({
            "event": "summary", "repository": list.repository, "tags": list.tags.len(),
            "counts_as_pull": false,
        }));
    } else if list.tags.is_empty() {
        output::line("No tags.");
    } else {
        let names: Vec<String> = list.tags.iter().map(name).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        for (name, tag) in names.iter().zip(&list.tags) {
            match &tag.digest {
                Some(digest) => output::line(&format!("{name:<width$}  {digest}")),
                None => output::line(name),
            }
        }
    }
    Ok(())
}

fn name(tag: &ListedTag) -> String {
    match &tag.repository {
        Some(repository) => format!("{repository}:{}", tag.tag),
        None => tag.tag.to_string(),
    }
}
