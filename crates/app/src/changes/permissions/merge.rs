//! What was edited or pasted, put together with what was written elsewhere since it was opened.

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
    /// A registry's policy, read now, or a draft of it, with the statements of a text behind its own.
    /// Nothing is joined and nothing written: the result is for the editor.
    ///
    /// # Errors
    /// When the text is no policy; why the policy cannot be read.
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

    /// What is different from the document `seen`, in words. One that is not known any more is
    /// different in a way that cannot be told.
    fn changed_since(&self, seen: &str, now: Option<&str>) -> Vec<String> {
        if seen == base(now) {
            return Vec::new();
        }
        match self.opened.find(seen) {
            Some(before) => changes(DocumentKind::Policy, &value(before.as_deref()), &value(now)),
            None => vec!["the policy is another one than the one that was shown".into()],
        }
    }
}

/// The draft in the editor is not touched while it cannot be read.
fn draft_unreadable(error: &DocumentError) -> ApiError {
    let text = format!("The unsaved draft of the policy is not valid: {error}.");
    ApiError::input("draft-unreadable", "draft", text)
        .hint("Correct or discard it on the Document tab, then add this again.")
}

/// What was edited from the document `seen`, over what is there `now`. With it, what was changed
/// elsewhere in between and stays.
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
    let mut text = format!("The policy was changed since you opened it: {}.", since.join("; "));
    if !both.is_empty() {
        text.push_str(&format!(" You changed the same: {}.", both.join("; ")));
    }
    ApiError::new("changed-since-opened", Side::Input, text)
        .at("text")
        .hint("Nothing was written. Copy what you typed, open the policy again and change it there.")
}
