//! The bytes that a deletion frees.

use std::collections::{HashMap, HashSet};

use super::{Deleted, Repository};

/// Bytes that are freed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freed {
    /// The bytes.
    pub bytes: u64,
    /// Whether every layer is known. Otherwise layers that images share are counted for each of them, and
    /// fewer bytes may be freed.
    pub is_exact: bool,
}

/// The layers of deleted images that no image that stays has. `layers` has the size of each layer of each
/// image whose manifest is known, by digest.
pub fn freed(
    repository: &Repository<'_>,
    deleted: &[Deleted],
    layers: &HashMap<String, Vec<(String, u64)>>,
) -> Freed {
    let going: HashSet<usize> = deleted.iter().map(|of| of.image).collect();
    let (mut gone, mut stay) = (HashMap::new(), HashSet::new());
    let (mut sizes, mut is_exact) = (0u64, true);
    for (at, image) in repository.images.iter().enumerate().filter(|(_, image)| !image.is_index) {
        let is_going = going.contains(&at);
        if is_going {
            sizes = sizes.saturating_add(image.bytes.unwrap_or_default());
        }
        match layers.get(&image.digest) {
            Some(layers) if is_going => gone.extend(layers.iter().map(|(digest, size)| (digest, *size))),
            Some(layers) => stay.extend(layers.iter().map(|(digest, _)| digest)),
            None => is_exact = false,
        }
    }
    if !is_exact {
        return Freed { bytes: sizes, is_exact };
    }
    let unique = gone.into_iter().filter(|(digest, _)| !stay.contains(*digest));
    Freed { bytes: unique.fold(0u64, |sum, (_, size)| sum.saturating_add(size)), is_exact }
}
