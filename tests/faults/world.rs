//! Two registries with proxies in front, images to copy, and a run with short timeouts.

use std::{sync::Arc, time::Duration};

use longshore_engine::{CopyItem, CopyPlan, CopyRequest, RunContext, RunOutcome, plan, run};
use longshore_names::Digest;
use longshore_registry::{Backoff, HostOptions, HttpRegistry, Manifest, Sink, Source, TagOrDigest};
use longshore_testkit::DockerRegistry;
pub(crate) use longshore_testkit::push::{
    blob as push_blob, descriptor, image as push_image, manifest, name, put,
};

use crate::proxy::FaultProxy;

/// Longer than anything here takes, even on a busy machine: a run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// `from` and `to` are registries, with the proxies in front of them.
pub(crate) struct World {
    pub(crate) from: DockerRegistry,
    pub(crate) to: DockerRegistry,
    pub(crate) source_proxy: FaultProxy,
    pub(crate) sink_proxy: FaultProxy,
}

/// Options with which a test does not wait long.
pub(crate) fn options() -> HostOptions {
    HostOptions { stall_timeout: Duration::from_millis(400), backoff: quick(), ..HostOptions::default() }
}

fn quick() -> Backoff {
    Backoff { attempts: 6, base: Duration::from_millis(5), cap: Duration::from_millis(200) }
}

pub(crate) fn layer(seed: u8, size: usize) -> Vec<u8> {
    (0..size).map(|n| seed.wrapping_add((n % 251) as u8)).collect()
}

impl World {
    pub(crate) async fn new() -> Self {
        // They check the content that a manifest names, and accept layers that are elsewhere.
        let checking = "validation: {manifests: {urls: {allow: ['.*']}}}\n";
        let (from, to) = (DockerRegistry::with(checking), DockerRegistry::with(checking));
        let source_proxy = FaultProxy::before(&from.host).await;
        let sink_proxy = FaultProxy::before(&to.host).await;
        Self { from, to, source_proxy, sink_proxy }
    }

    pub(crate) fn source(&self) -> Arc<HttpRegistry> {
        Arc::new(HttpRegistry::connect(&self.source_proxy.host, options()).unwrap())
    }

    pub(crate) fn sink(&self) -> Arc<HttpRegistry> {
        Arc::new(HttpRegistry::connect(&self.sink_proxy.host, options()).unwrap())
    }

    /// The source registry, without its proxy.
    pub(crate) fn behind_source(&self) -> HttpRegistry {
        HttpRegistry::connect(&self.from.host, HostOptions::default()).unwrap()
    }

    /// The destination registry, without its proxy.
    pub(crate) fn behind_sink(&self) -> HttpRegistry {
        HttpRegistry::connect(&self.to.host, HostOptions::default()).unwrap()
    }

    /// Pushes an image with these layers to the source, past the proxy.
    pub(crate) async fn image(&self, reference: &str, layers: &[&[u8]]) -> Manifest {
        push_image(&self.behind_source(), reference, layers).await
    }

    pub(crate) async fn plan(&self, pairs: &[(&str, &str)]) -> CopyPlan {
        self.plan_as(&request(pairs)).await
    }

    pub(crate) async fn plan_as(&self, request: &CopyRequest) -> CopyPlan {
        within(plan(self.source(), self.sink(), request)).await.unwrap()
    }

    /// Plans and runs, bounded in time.
    pub(crate) async fn copy(&self, pairs: &[(&str, &str)]) -> RunOutcome {
        let plan = self.plan(pairs).await;
        self.run(plan).await
    }

    pub(crate) async fn run(&self, plan: CopyPlan) -> RunOutcome {
        within(run(plan, context(self.source(), self.sink()))).await.unwrap()
    }

    /// The digest that a tag points to in the destination.
    pub(crate) async fn arrived(&self, reference: &str) -> Option<Digest> {
        resolve(&self.behind_sink(), reference).await
    }

    /// Whether the destination has a blob.
    pub(crate) async fn has_blob(&self, repository: &str, digest: &Digest) -> bool {
        let asked = std::slice::from_ref(digest);
        match self.behind_sink().exists_many(&name(repository), asked).await {
            Ok(found) => found.contains(digest),
            Err(_) => false,
        }
    }
}

pub(crate) fn context(source: Arc<dyn Source>, sink: Arc<dyn Sink>) -> RunContext {
    let mut context = RunContext::new(source, sink);
    context.options.backoff = quick();
    context
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

pub(crate) fn request(pairs: &[(&str, &str)]) -> CopyRequest {
    let item = |(from, to): &(&str, &str)| {
        let (repository, reference) = from.rsplit_once(':').unwrap();
        let (destination, tag) = to.rsplit_once(':').unwrap();
        let tag = Some(tag.parse().unwrap());
        CopyItem::new(name(repository), reference.parse().unwrap(), name(destination), tag)
    };
    CopyRequest::new(pairs.iter().map(item).collect())
}

pub(crate) async fn resolve(registry: &HttpRegistry, reference: &str) -> Option<Digest> {
    let (repository, tag) = reference.rsplit_once(':').unwrap();
    let tag = TagOrDigest::Tag(tag.parse().unwrap());
    registry.resolve(&name(repository), &tag).await.unwrap().map(|found| found.digest)
}
