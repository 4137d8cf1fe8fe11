//! A workload's blobs and manifests with their digests, and the plans that copy, check and mount
//! them.

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

use serde_json::json;

use crate::{
    Failure,
    content::{Content, digest_of},
    plan::{Job, Plan, Side},
    workload::{Image, Platform, Workload},
};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A workload with its digests.
#[derive(Debug)]
pub struct Built {
    /// The repository.
    pub repository: String,
    /// The blobs, each once, the biggest first.
    pub blobs: Vec<Blob>,
    /// Children before their index.
    pub manifests: Vec<Manifest>,
}

/// A layer or a config.
#[derive(Debug)]
pub struct Blob {
    /// `sha256:…`
    pub digest: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// Where a blob's bytes come from.
#[derive(Debug)]
pub enum Bytes {
    /// A layer's.
    Made(Content),
    /// A config's.
    Held(Vec<u8>),
}

impl Bytes {
    /// How many.
    pub fn len(&self) -> u64 {
        match self {
            Self::Made(content) => content.size,
            Self::Held(bytes) => bytes.len() as u64,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An image manifest or an index.
#[derive(Debug)]
pub struct Manifest {
    /// The tag, or the digest of an index's child.
    pub reference: String,
    /// `sha256:…`
    pub digest: String,
    /// Its type.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Digests of its blobs.
    pub blobs: Vec<String>,
    /// Digests of its child manifests.
    pub children: Vec<String>,
}

impl Built {
    /// Computes every digest of a workload.
    ///
    /// # Errors
    /// Returns no error of its own.
    pub fn new(workload: &Workload) -> Result<Self, Failure> {
        let layers = digests(workload)?;
        let mut built =
            Self { repository: workload.repository.clone(), blobs: Vec::new(), manifests: Vec::new() };
        for (content, digest) in &layers {
            built.blobs.push(Blob { digest: digest.clone(), bytes: Bytes::Made(*content) });
        }
        for image in &workload.images {
            built.image(image, &layers);
        }
        built.blobs.sort_by(|a, b| (b.bytes.len(), &a.digest).cmp(&(a.bytes.len(), &b.digest)));
        Ok(built)
    }

    fn image(&mut self, image: &Image, layers: &HashMap<Content, String>) {
        if let [platform] = image.platforms.as_slice() {
            let mut manifest = self.platform(platform, layers);
            manifest.reference.clone_from(&image.tag);
            self.manifests.push(manifest);
            return;
        }
        let children: Vec<_> = image.platforms.iter().map(|one| self.platform(one, layers)).collect();
        let listed: Vec<_> = children
            .iter()
            .zip(&image.platforms)
            .map(|(child, platform)| {
                json!({
                    "mediaType": child.media_type, "digest": child.digest, "size": child.bytes.len(),
                    "platform": {"architecture": platform.architecture, "os": "linux"},
                })
            })
            .collect();
        let bytes = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).to_string();
        let index = Manifest {
            reference: image.tag.clone(),
            digest: digest_of(bytes.as_bytes()),
            media_type: INDEX,
            bytes: bytes.into_bytes(),
            blobs: Vec::new(),
            children: children.iter().map(|child| child.digest.clone()).collect(),
        };
        self.manifests.extend(children);
        self.manifests.push(index);
    }

    fn platform(&mut self, platform: &Platform, layers: &HashMap<Content, String>) -> Manifest {
        let digests: Vec<_> = platform.layers.iter().map(|layer| layers[layer].clone()).collect();
        let config = json!({
            "architecture": platform.architecture, "os": "linux",
            "config": {"Labels": {"title": platform.title}},
            "rootfs": {"type": "layers", "diff_ids": digests},
            "history": vec![json!({"created_by": "bench"}); digests.len()],
        });
        let config = config.to_string().into_bytes();
        let described = platform
            .layers
            .iter()
            .zip(&digests)
            .map(|(content, digest)| json!({"mediaType": LAYER, "digest": digest, "size": content.size}));
        let config_digest = digest_of(&config);
        let bytes = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": config_digest, "size": config.len()},
            "layers": described.collect::<Vec<_>>(),
        });
        let bytes = bytes.to_string().into_bytes();
        let digest = digest_of(&bytes);
        let mut blobs = digests;
        blobs.push(config_digest.clone());
        self.blobs.push(Blob { digest: config_digest, bytes: Bytes::Held(config) });
        Manifest {
            reference: digest.clone(),
            digest,
            media_type: MANIFEST,
            bytes,
            blobs,
            children: Vec::new(),
        }
    }

    /// Copies everything: each blob once, in the order in which the manifests need them, and each
    /// manifest as soon as its content exists.
    pub fn copying(&self) -> Plan {
        let order = self.blobs.iter().map(|blob| blob.digest.as_str());
        let shared: HashSet<_> = self.shared().collect();
        self.moving(order.filter(|digest| shared.contains(digest)), |digest| Job::Blob { digest })
    }

    /// Makes one tag's image available in another repository of the same registry.
    pub fn mounting(&self, tag: &str) -> Plan {
        let root = self.manifests.iter().find(|manifest| manifest.reference == tag);
        let children = root.map(|root| root.children.as_slice()).unwrap_or_default();
        let wanted = self
            .manifests
            .iter()
            .filter(|manifest| manifest.reference == tag || children.contains(&manifest.digest));
        let one = Self {
            repository: self.repository.clone(),
            blobs: Vec::new(),
            manifests: wanted.map(Manifest::clone_tagged).collect(),
        };
        one.moving(std::iter::empty(), |digest| Job::Mount { digest })
    }

    /// Requests every tag on both sides.
    pub fn asking(&self) -> Plan {
        let both = [Side::Source, Side::Destination];
        let jobs = both.into_iter().flat_map(|side| self.heads(side)).collect();
        self.plan(jobs)
    }

    /// Requests every tag from the destination.
    pub fn checking(&self) -> Plan {
        self.plan(self.heads(Side::Destination).collect())
    }

    /// Requests one tag from the destination.
    pub fn checking_one(&self, tag: &str) -> Plan {
        let of_tag = |job: &Job| matches!(job, Job::Head { reference, .. } if reference == tag);
        self.plan(self.heads(Side::Destination).filter(of_tag).collect())
    }

    fn plan(&self, jobs: Vec<Job>) -> Plan {
        Plan { from: self.repository.clone(), to: self.repository.clone(), jobs }
    }

    fn heads(&self, side: Side) -> impl Iterator<Item = Job> {
        let tagged = self.manifests.iter().filter(|manifest| manifest.reference != manifest.digest);
        tagged.map(move |manifest| Job::Head {
            side,
            reference: manifest.reference.clone(),
            media_type: manifest.media_type.to_owned(),
            digest: manifest.digest.clone(),
        })
    }

    /// Blobs that several manifests name, or that are big: they are started first.
    fn shared(&self) -> impl Iterator<Item = &str> {
        let mut uses = HashMap::<&str, usize>::new();
        for digest in self.manifests.iter().flat_map(|manifest| &manifest.blobs) {
            *uses.entry(digest).or_default() += 1;
        }
        uses.into_iter().filter(|(_, count)| *count > 1).map(|(digest, _)| digest)
    }

    fn moving<'a>(&'a self, first: impl Iterator<Item = &'a str>, job: impl Fn(String) -> Job) -> Plan {
        let (mut jobs, mut begun) = (Vec::new(), HashMap::<&str, usize>::new());
        for digest in first {
            begun.insert(digest, jobs.len());
            jobs.push(job(digest.to_owned()));
        }
        for manifest in &self.manifests {
            let fetch = jobs.len();
            let media_type = manifest.media_type.to_owned();
            jobs.push(Job::Fetch { reference: manifest.reference.clone(), media_type: media_type.clone() });
            for digest in &manifest.blobs {
                begun.entry(digest).or_insert_with(|| {
                    jobs.push(job(digest.clone()));
                    jobs.len() - 1
                });
            }
            let named = manifest.blobs.iter().chain(&manifest.children);
            let after = named.map(|digest| begun[digest.as_str()]).collect();
            begun.insert(&manifest.digest, jobs.len());
            jobs.push(Job::Put { fetch, after, reference: manifest.reference.clone(), media_type });
        }
        self.plan(jobs)
    }
}

impl Manifest {
    fn clone_tagged(&self) -> Self {
        Self {
            reference: self.reference.clone(),
            digest: self.digest.clone(),
            media_type: self.media_type,
            bytes: self.bytes.clone(),
            blobs: self.blobs.clone(),
            children: self.children.clone(),
        }
    }
}

/// Digests of all layers, on every core.
fn digests(workload: &Workload) -> Result<HashMap<Content, String>, Failure> {
    let platforms = workload.images.iter().flat_map(|image| &image.platforms);
    let contents: HashSet<_> = platforms.flat_map(|platform| &platform.layers).copied().collect();
    let contents: Vec<_> = contents.into_iter().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(content) = contents.get(next.fetch_add(1, Relaxed)) {
            done.push((*content, content.digest()?));
        }
        Ok(done)
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut all = HashMap::new();
        for thread in threads {
            let done = thread.join().map_err(|_| Failure::Usage("hashing ended before its time".into()))?;
            all.extend(done?);
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same images with layers of a few bytes.
    fn small(mut workload: Workload) -> Built {
        let platforms = workload.images.iter_mut().flat_map(|image| &mut image.platforms);
        platforms.flat_map(|platform| &mut platform.layers).for_each(|layer| layer.size = 16);
        Built::new(&workload).unwrap()
    }

    #[test]
    fn w2_takes_1415_requests() {
        let built = small(Workload::w2());
        assert_eq!(built.copying().requests(), 1415);
        assert_eq!(built.asking().requests(), 200);
        // 8 layers, a config, GET and PUT of the manifest.
        assert_eq!(built.mounting("1.0.1").requests(), 11);
    }

    #[test]
    fn an_index_waits_for_its_children() {
        let plan = small(Workload::w5()).copying();
        let Some(Job::Put { after, reference, .. }) = plan.jobs.last() else { panic!("{plan:?}") };
        assert_eq!(reference, "1");
        assert_eq!(after.len(), 4);
        assert!(after.iter().all(|job| matches!(plan.jobs[*job], Job::Put { .. })));
        assert_eq!(plan.requests(), 16 * 3 + 5 * 2);
        assert_eq!(small(Workload::w5()).mounting("1").requests(), 16 + 5 * 2);
    }
}
