//! `index.json`: the manifests of a layout and their tags (OCI image specification, "Image
//! Layout").

use std::collections::HashMap;

use longshore_names::{Digest, Tag};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Descriptor, TagOrDigest,
    archive::{ArchivedImage, ArchivedName},
    model::graph::Graph,
    model::media_types,
};

/// The annotation that makes an entry a tag.
pub(crate) const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Whole name of an image, written by docker and containerd.
const IMAGE_NAME: &str = "io.containerd.image.name";

/// The whole document, and the parts of it that are understood.
pub(crate) struct Index {
    document: Value,
    pub(crate) entries: Vec<Entry>,
    /// The entries that have each tag as their whole name.
    tags: HashMap<Tag, Vec<usize>>,
    /// The entries that have each tag in a whole name such as `docker.io/library/app:1`.
    named: HashMap<Tag, Vec<usize>>,
}

/// One manifest that the index lists.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) descriptor: Descriptor,
    pub(crate) annotations: HashMap<String, String>,
}

impl Entry {
    /// The tag, if the name is one. Some tools write other names there, such as whole references.
    pub(crate) fn tag(&self) -> Option<Tag> {
        self.annotations.get(REF_NAME)?.parse().ok()
    }

    /// Its whole names as they are written.
    pub(crate) fn written(&self) -> Vec<String> {
        let annotations = [IMAGE_NAME, REF_NAME].into_iter().filter_map(|key| self.annotations.get(key));
        annotations.filter(|name| ArchivedName::parse(name).is_some()).cloned().collect()
    }

    /// Every name of the entry: whole ones, and its tag unless a whole name ends with it.
    pub(crate) fn names(&self) -> Vec<ArchivedName> {
        let mut names: Vec<ArchivedName> = Vec::new();
        for name in self.written().iter().filter_map(|name| ArchivedName::parse(name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let tag = self.annotations.get(REF_NAME).and_then(|name| ArchivedName::tag(name));
        names.extend(tag.filter(|tag| names.iter().all(|name| name.tag != tag.tag)));
        names
    }
}

#[derive(Deserialize)]
struct Listed {
    #[serde(flatten)]
    descriptor: Descriptor,
    annotations: Option<HashMap<String, String>>,
}

/// A change to the index.
pub(crate) enum Change {
    /// A manifest that now exists.
    Put {
        descriptor: Descriptor,
        tag: Option<Tag>,
        /// Where the tag may be moved from.
        over: Over,
        /// Manifests that it names.
        children: Vec<Digest>,
    },
    /// Removes a tag, or a manifest with all its tags.
    Delete(TagOrDigest),
    /// Removes a tag if it points at this digest.
    Untag { tag: Tag, at: Digest },
}

/// Where a tag may be moved from.
pub(crate) enum Over {
    /// Anywhere.
    Anything,
    /// The tag may not exist yet, or may point at this digest.
    Only(Option<Digest>),
}

/// The outcome of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    Changed,
    /// Nothing had to be changed.
    Same,
    /// The tag points at this digest and was not changed.
    Elsewhere(String),
}

impl Index {
    /// An index that lists nothing.
    pub(crate) fn empty() -> Self {
        Self::of(json!({"schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": []}))
    }

    /// Reads the document. Entries that are not understood are not listed, and stay in the file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut document: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        // Builders in Go write `null` for an empty list.
        if let Some(list) = document.get_mut("manifests")
            && list.is_null()
        {
            *list = json!([]);
        }
        if !document.get("manifests").is_some_and(Value::is_array) {
            return Err("it has no list of manifests".into());
        }
        Ok(Self::of(document))
    }

    fn of(document: Value) -> Self {
        let listed = document["manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
        let entries: Vec<Entry> = listed
            .iter()
            .filter_map(|entry| Listed::deserialize(entry).ok())
            .map(|Listed { descriptor, annotations }| Entry {
                descriptor,
                annotations: annotations.unwrap_or_default(),
            })
            .collect();
        let (mut tags, mut named): (HashMap<Tag, Vec<usize>>, HashMap<Tag, Vec<usize>>) = Default::default();
        for (at, entry) in entries.iter().enumerate() {
            if let Some(tag) = entry.tag() {
                tags.entry(tag).or_default().push(at);
            }
            for name in entry.names().into_iter().filter(|name| name.repository.is_some()) {
                named.entry(name.tag).or_default().push(at);
            }
        }
        Self { document, entries, tags, named }
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.document)
    }

    /// All tags; with `whole`, those of whole names too.
    pub(crate) fn tags(&self, whole: bool) -> Vec<Tag> {
        let named = self.named.keys().filter(|tag| whole && !self.tags.contains_key(*tag));
        self.tags.keys().chain(named).cloned().collect()
    }

    /// The entries of a tag, one for each digest: those with the tag itself, or else, with `whole`,
    /// those whose whole name ends with it.
    pub(crate) fn tagged(&self, tag: &Tag, whole: bool) -> Vec<&Entry> {
        let places = self.tags.get(tag).or_else(|| self.named.get(tag).filter(|_| whole));
        let mut found: Vec<&Entry> = Vec::new();
        for entry in places.into_iter().flatten().filter_map(|at| self.entries.get(*at)) {
            if found.iter().all(|known| known.descriptor.digest != entry.descriptor.digest) {
                found.push(entry);
            }
        }
        found
    }

    /// Every image, each digest once, with all its names. A manifest without a name that belongs to
    /// another image, as its child or as its referrer, is not an image of its own.
    pub(crate) fn images(&self, graph: &Graph) -> Vec<ArchivedImage> {
        let mut images: Vec<ArchivedImage> = Vec::new();
        for entry in &self.entries {
            let (names, written) = (entry.names(), entry.written());
            match images.iter_mut().find(|image| image.descriptor.digest == entry.descriptor.digest) {
                Some(image) => image.add(names, written),
                None => images.push(ArchivedImage { descriptor: entry.descriptor.clone(), names, written }),
            }
        }
        let refers =
            |digest: &Digest| graph.referrers.values().flatten().any(|found| found.digest == *digest);
        images.retain(|image| {
            let digest = &image.descriptor.digest;
            !image.names.is_empty() || !(graph.children.contains(digest) || refers(digest))
        });
        images
    }

    pub(crate) fn by_digest(&self, digest: &Digest) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.descriptor.digest == *digest)
    }

    /// Makes the changes, and returns the outcome of each. `graph` says which manifest names which
    /// at present.
    pub(crate) fn changed(&self, changes: &[Change], graph: &Graph) -> (Self, Vec<Done>) {
        let mut document = self.document.clone();
        let entries = document.get_mut("manifests").and_then(Value::as_array_mut);
        let done = match entries {
            Some(entries) => changes.iter().map(|change| apply(entries, change, graph)).collect(),
            None => vec![Done::Same; changes.len()],
        };
        (Self::of(document), done)
    }
}

fn apply(entries: &mut Vec<Value>, change: &Change, graph: &Graph) -> Done {
    let before = entries.len();
    let changed = match change {
        Change::Put { descriptor, tag, over, children } => {
            if let (Some(tag), Over::Only(over)) = (tag, over)
                && let Some(there) = other(entries, tag, &[Some(&descriptor.digest), over.as_ref()])
            {
                return Done::Elsewhere(there);
            }
            // A child was listed so that it could be found; now it is found through its parent.
            entries.retain(|entry| !(is_bare(entry) && children.iter().any(|child| is(entry, child))));
            let mut changed = entries.len() != before;
            match tag {
                Some(tag) => changed |= put_tag(entries, descriptor, tag),
                None if entries.iter().any(|entry| is(entry, &descriptor.digest))
                    || graph.children.contains(&descriptor.digest) => {}
                None => {
                    entries.push(json!(descriptor));
                    changed = true;
                }
            }
            changed
        }
        Change::Delete(TagOrDigest::Tag(tag)) => {
            entries.retain(|entry| name(entry) != Some(tag.as_str()));
            entries.len() != before
        }
        Change::Delete(TagOrDigest::Digest(digest)) => {
            entries.retain(|entry| !is(entry, digest));
            entries.len() != before
        }
        Change::Untag { tag, at } => {
            if let Some(there) = other(entries, tag, &[Some(at)]) {
                return Done::Elsewhere(there);
            }
            entries.retain(|entry| name(entry) != Some(tag.as_str()));
            entries.len() != before
        }
    };
    if changed { Done::Changed } else { Done::Same }
}

/// What a tag points at, if it is none of these digests. The manifest may be missing; the tag is
/// taken all the same.
fn other(entries: &[Value], tag: &Tag, known: &[Option<&Digest>]) -> Option<String> {
    let mut there = entries.iter().filter(|entry| name(entry) == Some(tag.as_str()));
    let found = there.find(|entry| !known.iter().flatten().any(|digest| is(entry, digest)))?;
    Some(found.get("digest").and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn put_tag(entries: &mut Vec<Value>, descriptor: &Descriptor, tag: &Tag) -> bool {
    let named: Vec<usize> =
        (0..entries.len()).filter(|at| name(&entries[*at]) == Some(tag.as_str())).collect();
    if let [at] = named[..]
        && is(&entries[at], &descriptor.digest)
    {
        return false;
    }
    entries.retain(|entry| {
        name(entry) != Some(tag.as_str()) && !(is_bare(entry) && is(entry, &descriptor.digest))
    });
    let mut entry = json!(descriptor);
    entry["annotations"] = json!({REF_NAME: tag});
    entries.push(entry);
    true
}

fn name(entry: &Value) -> Option<&str> {
    entry.get("annotations")?.get(REF_NAME)?.as_str()
}

fn is(entry: &Value, digest: &Digest) -> bool {
    entry.get("digest").and_then(Value::as_str) == Some(digest.as_str())
}

/// Whether an entry only points at a manifest, as the entries that this program adds do.
fn is_bare(entry: &Value) -> bool {
    entry
        .as_object()
        .is_some_and(|entry| entry.keys().all(|key| matches!(key.as_str(), "mediaType" | "digest" | "size")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(fill: char) -> Descriptor {
        let digest = format!("sha256:{}", String::from(fill).repeat(64)).parse().unwrap();
        Descriptor { media_type: media_types::OCI_MANIFEST.into(), digest, size: 7 }
    }

    fn put(fill: char, tag: Option<&str>, children: &str) -> Change {
        let children = children.chars().map(|child| descriptor(child).digest).collect();
        let tag = tag.map(|tag| tag.parse().unwrap());
        Change::Put { descriptor: descriptor(fill), tag, over: Over::Anything, children }
    }

    fn after(index: &Index, changes: &[Change]) -> (Index, Vec<bool>) {
        let (index, done) = index.changed(changes, &Graph::default());
        (index, done.into_iter().map(|done| done == Done::Changed).collect())
    }

    fn listed(index: &Index) -> Vec<(String, Option<String>)> {
        let shown = |entry: &Entry| {
            (entry.descriptor.digest.hex()[..1].to_owned(), entry.tag().map(|tag| tag.to_string()))
        };
        index.entries.iter().map(shown).collect()
    }

    #[test]
    fn a_tag_moves_and_a_child_is_found_through_its_parent() {
        let (index, done) = after(&Index::empty(), &[put('a', None, ""), put('a', None, "")]);
        assert_eq!((listed(&index), done), (vec![("a".into(), None)], vec![true, false]));
        let (index, _) = after(&index, &[put('b', Some("1"), "a")]);
        assert_eq!(listed(&index), [("b".into(), Some("1".into()))]);
        let (index, done) =
            after(&index, &[put('b', Some("1"), "a"), put('c', None, ""), put('c', Some("1"), "")]);
        assert_eq!(done, [false, true, true]);
        assert_eq!(listed(&index), [("c".into(), Some("1".into()))]);
    }

    #[test]
    fn a_child_whose_parent_is_there_is_not_listed() {
        let graph = Graph { children: [descriptor('a').digest].into(), ..Graph::default() };
        let (index, done) = Index::empty().changed(&[put('a', None, "")], &graph);
        assert_eq!((listed(&index), done), (vec![], vec![Done::Same]));
    }

    #[test]
    fn an_image_has_each_of_its_names_and_what_belongs_to_another_is_none() {
        let entry = |fill: char, annotations: Value| {
            json!({"mediaType": media_types::OCI_MANIFEST, "digest": descriptor(fill).digest, "size": 1,
                "annotations": annotations})
        };
        let document = json!({"schemaVersion": 2, "manifests": [
            entry('a', json!({IMAGE_NAME: "docker.io/library/x:1", REF_NAME: "1"})),
            entry('b', json!({IMAGE_NAME: "quay.io/x:1", REF_NAME: "latest"})),
            entry('a', json!({REF_NAME: "again"})),
            entry('c', json!({})),
            entry('d', json!({})),
            entry('e', json!({REF_NAME: "1"})),
            entry('f', json!({REF_NAME: "1"})),
        ]});
        let index = Index::parse(document.to_string().as_bytes()).unwrap();
        let graph = Graph { children: [descriptor('d').digest].into(), ..Graph::default() };
        let name = |name: &ArchivedName| match &name.repository {
            Some(repository) => format!("{repository}:{}", name.tag),
            None => name.tag.to_string(),
        };
        let images = index.images(&graph);
        let names: Vec<Vec<String>> =
            images.iter().map(|image| image.names.iter().map(name).collect()).collect();
        assert_eq!(names, [vec!["x:1", "again"], vec!["x:1", "latest"], vec![], vec!["1"], vec!["1"]]);
        assert_eq!(images[1].written, ["quay.io/x:1"]);
        let of = |tag: &str, whole| index.tagged(&tag.parse().unwrap(), whole).len();
        assert_eq!((of("1", true), of("latest", false), of("2", true)), (3, 1, 0));
    }

    #[test]
    fn what_others_wrote_stays() {
        let other = json!({"schemaVersion": 2, "x-mine": 1, "manifests": [
            {"mediaType": "m", "digest": descriptor('a').digest, "size": 1, "platform": {"os": "linux"}},
            {"odd": true},
            {"mediaType": "m", "digest": descriptor('d').digest, "size": 1, "annotations": {REF_NAME: "not a tag"}},
        ]});
        let index = Index::parse(other.to_string().as_bytes()).unwrap();
        assert_eq!(index.tags(true), []);
        let (index, _) = after(&index, &[put('b', Some("1"), "ad")]);
        let written: Value = serde_json::from_slice(&index.to_bytes().unwrap()).unwrap();
        assert_eq!(written["x-mine"], 1);
        assert_eq!(written["manifests"].as_array().unwrap().len(), 4);
        let gone = Change::Delete(TagOrDigest::Tag("1".parse().unwrap()));
        let (index, done) =
            after(&index, &[gone, Change::Delete(TagOrDigest::Digest(descriptor('a').digest))]);
        assert_eq!(done, [true, true]);
        assert_eq!(index.entries.len(), 1);
        assert!(Index::parse(br#"{"manifests":null}"#).unwrap().entries.is_empty());
        assert!(Index::parse(b"{}").is_err() && Index::parse(b"[").is_err());
    }
}
