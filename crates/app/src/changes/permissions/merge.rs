//! Merges edited or pasted text with changes that were made elsewhere since the document was
//! opened.

use longshore_policy::{
    DocumentError,
    registry_policy::{RegistryPolicy, merge},
};

use super::{opened::base, plan::not_a_policy};
use crate::{
    App,
    api::{ApiError, MergePolicy, MergedPolicy, Side},
    documents::{DocumentKind, changes, parse_policy, value},
};

impl App {
    /// A registry's policy, read now, or a draft of it, with the statements of a text appended.
    /// Nothing is merged into existing statements and nothing is written: the result is for the
    /// editor.
    ///
    /// # Errors
    /// When the text is not a policy; the reason why the policy cannot be read.
    pub async fn merge_policy(&self, request: MergePolicy) -> Result<MergedPolicy, ApiError> {
        let MergePolicy { registry, text, base: seen, draft } = request;
        let added = RegistryPolicy::parse(&text).map_err(|error| not_a_policy(&error))?;
        if let Some(draft) = draft {
            let mut merged = RegistryPolicy::parse(&draft).map_err(|error| draft_unreadable(&error))?;
            merged.append(&added);
            return Ok(MergedPolicy { text: merged.pretty(), changed_since: Vec::new(), base: seen });
        }
        let now = self.read_policy(&registry).await?;
        let mut merged = parse_policy(now.as_deref())?;
        merged.append(&added);
        Ok(MergedPolicy {
            text: merged.pretty(),
            changed_since: self.changed_since(&seen, now.as_deref()),
            base: self.opened.remember(now.as_deref()),
        })
    }

    /// The differences from the document `seen`, in words. If that document is no longer known, the
    /// difference cannot be described.
    fn changed_since(&self, seen: &str, now: Option<&str>) -> Vec<String> {
        if seen == base(now) {
            return Vec::new();
        }
        match self.opened.find(seen) {
            Some(before) => changes(DocumentKind::Policy, &value(before.as_deref()), &value(now)),
            None => vec!["the policy is not the one that was shown".into()],
        }
    }
}

/// The draft in the editor is not changed as long as it cannot be parsed.
fn draft_unreadable(error: &DocumentError) -> ApiError {
    let text = format!("The unsaved draft of the policy is not valid: {error}.");
    ApiError::input("draft-unreadable", "draft", text)
}

/// The edit of the document `seen`, applied to the current document `now`. Also returns the changes
/// that were made elsewhere in between and that are preserved.
pub(super) fn rebased(
    app: &App,
    edited: RegistryPolicy,
    seen: &str,
    now: Option<&str>,
) -> Result<(RegistryPolicy, Vec<String>), ApiError> {
    if seen == base(now) {
        return Ok((edited, Vec::new()));
    }
    let since = app.changed_since(seen, now);
    let Some(before) = app.opened.find(seen) else { return Err(changed(&since, &[])) };
    if since.is_empty() {
        return Ok((edited, Vec::new()));
    }
    let read = |text: Option<&str>| text.map(RegistryPolicy::parse).transpose();
    let (before, there) = (read(before.as_deref())?, read(now)?);
    match merge(before.as_ref(), &edited, there.as_ref()) {
        Ok(merged) => Ok((merged, since)),
        Err(both) => Err(changed(&since, &both)),
    }
}

fn changed(since: &[String], both: &[String]) -> ApiError {
    let mut text = format!("The policy has changed since you opened it: {}.", since.join("; "));
    if !both.is_empty() {
        text.push_str(&format!(" You changed the same parts: {}.", both.join("; ")));
    }
    ApiError::new("changed-since-opened", Side::Input, text)
        .at("text")
        .hint("Nothing was written. Copy what you typed, open the policy again and repeat the change.")
}
