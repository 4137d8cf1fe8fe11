//! The workloads: W1, W2, W4, W5 and repositories with many tags, by their sizes and seeds.

use crate::content::Content;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// One repository's images.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The repository, one component.
    pub repository: String,
    /// One image for each tag.
    pub images: Vec<Image>,
}

/// A tag's image.
#[derive(Debug, Clone)]
pub struct Image {
    /// The tag.
    pub tag: String,
    /// One for an image manifest, several for an index.
    pub platforms: Vec<Platform>,
}

/// An image for one platform.
#[derive(Debug, Clone)]
pub struct Platform {
    /// GOARCH.
    pub architecture: &'static str,
    /// The value that makes its config unique.
    pub title: String,
    /// The layers, from the lowest.
    pub layers: Vec<Content>,
}

/// Layers get seeds that no other workload uses.
struct Seeds(u64);

impl Seeds {
    fn layers(&mut self, count: u64, size: u64) -> Vec<Content> {
        let first = self.0;
        self.0 += count;
        (first..self.0).map(|seed| Content { seed, size }).collect()
    }
}

impl Workload {
    /// W1: 1 image, 4 layers of 256 MiB.
    pub fn w1() -> Self {
        let layers = Seeds(1_000).layers(4, 256 * MIB);
        Self { repository: "w1".into(), images: vec![single("1", "w1", layers)] }
    }

    /// W2, and for W3 and W4: 100 tags, each with 3 own layers of 64 KiB and 5 shared layers of 4
    /// MiB.
    pub fn w2() -> Self {
        Self::tags("w2", 2_000, 100, (3, 64 * KIB), (5, 4 * MIB))
    }

    /// W5: one tag for 4 platforms, each with 3 layers of 8 MiB.
    pub fn w5() -> Self {
        let mut seeds = Seeds(5_000);
        let platforms = ["amd64", "arm64", "s390x", "ppc64le"].map(|architecture| Platform {
            architecture,
            title: format!("w5 {architecture}"),
            layers: seeds.layers(3, 8 * MIB),
        });
        let image = Image { tag: "1".into(), platforms: platforms.into() };
        Self { repository: "w5".into(), images: vec![image] }
    }

    /// W6: 2,000 tags in 10 repositories, each with 1 own layer of 16 KiB and 2 layers of 256 KiB
    /// that all repositories share.
    pub fn w6() -> Vec<Self> {
        let mut seeds = Seeds(6_000);
        let shared = seeds.layers(2, 256 * KIB);
        let repository = |name: u64| {
            let repository = format!("w6/service-{name}");
            Self::with(&repository, &shared, &mut seeds, 200, (1, 16 * KIB))
        };
        (0..10).map(repository).collect()
    }

    /// W7: 20 tags, each with 2 own layers of 1 MiB and 2 shared layers of 16 MiB.
    pub fn w7() -> Self {
        Self::tags("w7", 20_000, 20, (2, MIB), (2, 16 * MIB))
    }

    /// `count` tags, each with one own layer of 4 KiB and one shared layer of 64 KiB.
    pub fn scale(count: u64) -> Self {
        Self::tags(&format!("tags{count}"), 1_000_000 * count, count, (1, 4 * KIB), (1, 64 * KIB))
    }

    fn tags(repository: &str, seed: u64, count: u64, own: (u64, u64), shared: (u64, u64)) -> Self {
        let mut seeds = Seeds(seed);
        let shared = seeds.layers(shared.0, shared.1);
        Self::with(repository, &shared, &mut seeds, count, own)
    }

    fn with(repository: &str, shared: &[Content], seeds: &mut Seeds, count: u64, own: (u64, u64)) -> Self {
        let image = |number: u64| {
            let mut layers = shared.to_vec();
            layers.extend(seeds.layers(own.0, own.1));
            single(&format!("1.0.{number}"), &format!("{repository} {number}"), layers)
        };
        let images = (1..=count).map(image).collect();
        Self { repository: repository.to_owned(), images }
    }
}

fn single(tag: &str, title: &str, layers: Vec<Content>) -> Image {
    let platform = Platform { architecture: "amd64", title: title.to_owned(), layers };
    Image { tag: tag.to_owned(), platforms: vec![platform] }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn w2_has_305_layers_in_100_tags() {
        let workload = Workload::w2();
        let layers: HashSet<_> =
            workload.images.iter().flat_map(|image| image.platforms[0].layers.clone()).collect();
        assert_eq!((workload.images.len(), layers.len()), (100, 305));
    }

    #[test]
    fn no_two_workloads_share_a_layer() {
        let mut all = [Workload::w1(), Workload::w2(), Workload::w5(), Workload::w7()].to_vec();
        all.extend([100, 1_000, 10_000].map(Workload::scale));
        let mut w6 = Workload::w6();
        let rest: Vec<_> = w6.drain(1..).flat_map(|repository| repository.images).collect();
        w6[0].images.extend(rest);
        all.append(&mut w6);
        let mut seen = HashSet::new();
        for workload in &all {
            let layers = workload.images.iter().flat_map(|image| &image.platforms);
            let seeds: HashSet<_> = layers.flat_map(|platform| &platform.layers).map(|l| l.seed).collect();
            assert!(seeds.iter().all(|seed| seen.insert(*seed)), "{}", workload.repository);
        }
    }
}
