//! Common mistakes in the commands of guides, for *Paste and check*.

use crate::Finding;

/// The mistakes in a command or host name copied from a guide.
pub(crate) fn check(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(dash) =
        text.split_whitespace().find(|word| word.starts_with(['\u{2013}', '\u{2014}', '\u{2212}']))
    {
        let option = dash.trim_start_matches(['\u{2013}', '\u{2014}', '\u{2212}', '-']);
        findings.push(
            Finding::error("typographic-dash", format!("`{dash}` begins with a typographic dash."))
                .hint(format!("Write `--{option}` with two plain dashes.")),
        );
    }
    if text.split_whitespace().any(|word| word == "get-login") {
        findings.push(
            Finding::error(
                "get-login-retired",
                "`aws ecr get-login` was removed in version 2 of the AWS CLI.",
            )
            .hint("Use `aws ecr get-login-password` and pipe it into `docker login --password-stdin`."),
        );
    }
    for word in text.split(|c: char| c.is_whitespace() || "\"'=/".contains(c)) {
        if let Some((account, rest)) = word.split_once(".dkr.")
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && !rest.starts_with("ecr.")
            && !rest.starts_with("ecr-fips.")
        {
            findings.push(
                Finding::error("host-without-ecr", format!("The host `{word}` lacks `.ecr`."))
                    .hint(format!("Write `{account}.dkr.ecr.{rest}`.")),
            );
        }
    }
    if text.to_ascii_lowercase().replace([' ', '-', '_', ':'], "").contains("replicateimage") {
        findings.push(
            Finding::error(
                "replicate-image-internal",
                "`ecr:ReplicateImage` cannot be called, only allowed.",
            )
            .hint("Use a replication backfill for existing images."),
        );
    }
    findings
}

/// Whether a text looks like a command or a host name.
pub(crate) fn looks_like_one(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ["aws", "docker", "skopeo", "crane", "podman", "$", "sudo"].contains(&first)
        || first.contains(".dkr.")
        || first.contains("-login")
}
