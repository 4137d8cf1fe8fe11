//! What a record says, as items to verify.

use super::VerifyItem;
use crate::{EngineError, EngineErrorKind, ImageEnd, Record};

impl Record {
    /// The items that have to be at the destination if the record is still true.
    ///
    /// # Errors
    /// When a name in it is invalid.
    pub fn items(&self) -> Result<Vec<VerifyItem>, EngineError> {
        let copied =
            self.images.iter().filter(|image| matches!(image.end, ImageEnd::Done | ImageEnd::Skipped));
        copied
            .filter_map(|image| image.digest.clone().map(|digest| (image, digest)))
            .map(|(image, digest)| {
                let odd = |error: &dyn std::fmt::Display| {
                    EngineError::here(EngineErrorKind::Report(format!(
                        "`{}` in the record: {error}",
                        image.destination
                    )))
                };
                let (repository, reference) = match image.destination.split_once('@') {
                    Some((repository, digest)) => (repository, digest),
                    None => image.destination.split_once(':').ok_or_else(|| odd(&"no tag or digest"))?,
                };
                let reference = reference.parse().map_err(|error| odd(&error))?;
                let repository = repository.parse().map_err(|error| odd(&error))?;
                Ok(VerifyItem { expected: Some(digest), ..VerifyItem::new(repository, reference) })
            })
            .collect()
    }
}
