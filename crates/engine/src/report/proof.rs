//! The proof that a copy is complete.

use std::collections::HashMap;

use longshore_names::Digest;
use serde::{Deserialize, Serialize};

use crate::{Action, PlannedImage, Way};

/// How it is known that the destination has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It was put in this run and the registry acknowledged the digest.
    Acknowledged,
    /// It was mounted in this run and the registry acknowledged the digest.
    Mounted,
    /// The destination was asked for it.
    Asked,
}

/// What a proof is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A configuration or a layer.
    Blob,
    /// A manifest.
    Manifest,
    /// The tag points at the digest.
    Tag,
}

/// One thing that the destination is known to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What.
    pub kind: Kind,
    /// Its digest; for a tag, what it points at.
    pub digest: Digest,
    /// How that is known.
    pub how: How,
}

/// Returns what a proof of `image` lacks: every blob, every manifest and the tag must have an
/// entry. Layers that stay where their manifest says need none. For an image whose manifests
/// another shard puts, only the blobs count.
pub fn missing(image: &PlannedImage, proof: &[Proof]) -> Vec<(Kind, Digest)> {
    let known: HashMap<(Kind, &Digest), How> =
        proof.iter().map(|entry| ((entry.kind, &entry.digest), entry.how)).collect();
    let blobs = image.blobs.iter().filter(|blob| blob.way != Way::Foreign);
    let mut wanted: Vec<(Kind, &Digest)> = blobs.map(|blob| (Kind::Blob, &blob.descriptor.digest)).collect();
    if image.action != Action::Blobs {
        wanted.extend(image.manifests.iter().map(|manifest| (Kind::Manifest, &manifest.descriptor.digest)));
        wanted.extend(image.digest.iter().map(|digest| (Kind::Manifest, digest)));
        wanted.extend(image.tag.iter().zip(&image.digest).map(|(_, digest)| (Kind::Tag, digest)));
    }
    wanted.retain(|key| !known.contains_key(key));
    wanted.into_iter().map(|(kind, digest)| (kind, digest.clone())).collect()
}

#[cfg(test)]
mod tests {
    use longshore_registry::Descriptor;

    use super::*;
    use crate::{PlannedBlob, PlannedManifest};

    fn digest(of: char) -> Digest {
        format!("sha256:{}", of.to_string().repeat(64)).parse().unwrap()
    }

    fn descriptor(of: char) -> Descriptor {
        Descriptor { media_type: "m".into(), digest: digest(of), size: 1 }
    }

    /// An index `1` of a manifest `2` with blobs `a` and `b`, and a layer `c` that stays elsewhere.
    fn image() -> PlannedImage {
        let blob = |of, way| PlannedBlob { descriptor: descriptor(of).into(), way };
        let manifest = |of, blobs: &[char], children: &[char]| PlannedManifest {
            descriptor: descriptor(of),
            platform: None,
            blobs: blobs.iter().map(|of| digest(*of)).collect(),
            children: children.iter().map(|of| digest(*of)).collect(),
        };
        PlannedImage {
            repository: "a".parse().unwrap(),
            reference: "1".parse().unwrap(),
            digest: Some(digest('1')),
            destination: "b".parse().unwrap(),
            tag: Some("1".parse().unwrap()),
            action: Action::Copy,
            replaces: None,
            manifests: vec![manifest('2', &['a', 'b'], &[]), manifest('1', &[], &['2'])],
            blobs: vec![blob('a', Way::Present), blob('b', Way::Upload), blob('c', Way::Foreign)],
            referrers: Vec::new(),
            out_of: None,
            bytes_to_move: 0,
            bytes_to_mount: 0,
            bytes_present: 0,
            bytes_elsewhere: 0,
            explanation: String::new(),
            notes: Vec::new(),
        }
    }

    fn whole() -> Vec<Proof> {
        let entry = |kind, of| Proof { kind, digest: digest(of), how: How::Acknowledged };
        vec![
            entry(Kind::Blob, 'a'),
            entry(Kind::Blob, 'b'),
            entry(Kind::Manifest, '2'),
            entry(Kind::Manifest, '1'),
            entry(Kind::Tag, '1'),
        ]
    }

    #[test]
    fn each_entry_that_is_taken_out_of_a_proof_is_named() {
        assert_eq!(missing(&image(), &whole()), []);
        for place in 0..whole().len() {
            let mut proof = whole();
            let taken = proof.remove(place);
            let named = missing(&image(), &proof);
            assert!(!named.is_empty(), "{taken:?}");
            assert!(named.iter().all(|entry| *entry == (taken.kind, taken.digest.clone())), "{named:?}");
        }
        let nothing: Vec<(Kind, Digest)> = missing(&image(), &[]);
        let every: std::collections::HashSet<_> = nothing.into_iter().collect();
        assert_eq!(every.len(), whole().len());
    }

    #[test]
    fn a_proof_of_something_else_under_the_same_digest_does_not_count() {
        for place in 0..whole().len() {
            let mut proof = whole();
            proof[place].kind = match proof[place].kind {
                Kind::Blob => Kind::Manifest,
                _ => Kind::Blob,
            };
            assert!(!missing(&image(), &proof).is_empty(), "{place}");
        }
    }

    #[test]
    fn of_an_image_whose_manifests_another_shard_puts_the_blobs_count() {
        let image = PlannedImage { action: Action::Blobs, ..image() };
        assert_eq!(missing(&image, &whole()[..2]), []);
        assert_eq!(missing(&image, &whole()[..1]), [(Kind::Blob, digest('b'))]);
    }
}
