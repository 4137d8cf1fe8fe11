//! What guides get wrong in commands, for *Paste and check*.

use crate::Finding;

/// What is wrong with a command or host name copied from a guide.
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
                "`aws ecr get-login` is gone since version 2 of the AWS CLI.",
            )
            .hint("Use `aws ecr get-login-password` and give its output to `docker login --password-stdin`."),
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
            .hint("For images that are there already use a replication backfill."),
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
