//! What the manifests of a layout or archive name, found by a walk from its index.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use longshore_names::Digest;

use crate::{Descriptor, ManifestView, model::media_types};

/// Manifests that are walked. Ten times the largest quota of a hosted repository.
const MAX_MANIFESTS: usize = 1_000_000;

/// What one manifest names.
pub(crate) struct Node {
    children: Vec<Descriptor>,
    subject: Option<Digest>,
}

impl Node {
    /// `None` when the bytes are not a readable manifest.
    pub(crate) fn parse(media_type: &str, bytes: &[u8]) -> Option<Self> {
        let view = ManifestView::parse(media_type, bytes).ok()?;
        let children = view.children().iter().map(|child| child.descriptor.clone()).collect();
        Some(Self { children, subject: view.subject.map(|subject| subject.digest) })
    }
}

/// Which manifest names which.
#[derive(Default)]
pub(crate) struct Graph {
    /// Manifests that an index names.
    pub(crate) children: HashSet<Digest>,
    /// Manifests by their subject.
    pub(crate) referrers: HashMap<Digest, Vec<Descriptor>>,
}

impl Graph {
    /// Walks from the manifests that an index file lists. `read` returns `None` for a missing
    /// manifest, which ends the walk on that path only.
    pub(crate) fn walk(
        roots: impl Iterator<Item = Descriptor>,
        mut read: impl FnMut(&Descriptor) -> Option<Arc<Node>>,
    ) -> Self {
        let mut graph = Self::default();
        let mut seen = HashSet::new();
        let mut next: Vec<Descriptor> = roots.collect();
        while let Some(descriptor) = next.pop() {
            if seen.len() >= MAX_MANIFESTS
                || !media_types::is_manifest(&descriptor.media_type)
                || !seen.insert(descriptor.digest.clone())
            {
                continue;
            }
            let Some(node) = read(&descriptor) else { continue };
            for child in &node.children {
                graph.children.insert(child.digest.clone());
                next.push(child.clone());
            }
            if let Some(subject) = &node.subject {
                graph.referrers.entry(subject.clone()).or_default().push(descriptor);
            }
        }
        for referrers in graph.referrers.values_mut() {
            referrers.sort_by(|a, b| a.digest.cmp(&b.digest));
        }
        graph
    }
}
