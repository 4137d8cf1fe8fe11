//! Policies that were opened, so that an edit can be compared with its base.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

/// The number of documents that are remembered; ECR's have at most 10,240 characters.
const MOST: usize = 256;

/// Documents by the hash of their text, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Opened(Mutex<VecDeque<(String, Option<String>)>>);

/// The name of a document; a missing document also has a name.
pub(crate) fn base(text: Option<&str>) -> String {
    match text {
        Some(text) => hex::encode(Sha256::digest(text.as_bytes())),
        None => "none".into(),
    }
}

impl Opened {
    /// Remembers a document and returns its name.
    pub(crate) fn remember(&self, text: Option<&str>) -> String {
        let name = base(text);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| *other != name);
        known.push_back((name.clone(), text.map(str::to_owned)));
        if known.len() > MOST {
            known.pop_front();
        }
        name
    }

    /// The document with this name; the outer `None` means an unknown name.
    pub(super) fn find(&self, name: &str) -> Option<Option<String>> {
        if name == base(None) {
            return Some(None);
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(other, _)| other == name).map(|(_, text)| text.clone())
    }
}
