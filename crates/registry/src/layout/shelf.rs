//! The index of a layout in memory, and its changes: concurrent ones are written together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use longshore_names::Digest;
use tokio::sync::oneshot;

use crate::{
    Descriptor, Error, TagOrDigest,
    layout::{
        files::{Files, Stamp},
        index::{Change, Done, Index},
    },
    local::blocking,
    model::graph::{Graph, Node},
};

/// A layout's files and what is known of them. Every method that is not `async` blocks.
pub(crate) struct Shelf {
    pub(crate) files: Files,
    index: Mutex<Option<(Stamp, Arc<Index>)>>,
    graph: Mutex<Option<(Stamp, Arc<Graph>)>>,
    /// What manifests name never changes.
    nodes: Mutex<HashMap<Digest, Option<Arc<Node>>>>,
    waiting: Mutex<Vec<Waiting>>,
    writing: tokio::sync::Mutex<()>,
}

struct Waiting {
    change: Change,
    done: oneshot::Sender<Result<Done, Error>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    pub(crate) fn new(files: Files) -> Self {
        Self {
            files,
            index: Mutex::default(),
            graph: Mutex::default(),
            nodes: Mutex::default(),
            waiting: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// The index as it is now; `None` when there is no layout.
    pub(crate) fn index(&self) -> Result<Option<Arc<Index>>, Error> {
        Ok(self.stamped()?.map(|(_, index)| index))
    }

    fn stamped(&self) -> Result<Option<(Stamp, Arc<Index>)>, Error> {
        let Some(now) = self.files.stamp()? else { return Ok(None) };
        if let Some((known, index)) = locked(&self.index).as_ref()
            && *known == now
        {
            return Ok(Some((now, index.clone())));
        }
        if !self.files.is_there()? {
            return Ok(None);
        }
        let Some((stamp, bytes)) = self.files.read_index()? else { return Ok(None) };
        let index = Index::parse(&bytes)
            .map_err(|problem| self.files.local(format!("`index.json` cannot be understood: {problem}")))?;
        let index = Arc::new(index);
        *locked(&self.index) = Some((stamp, index.clone()));
        Ok(Some((stamp, index)))
    }

    /// Which manifest names which, by the index as it is now.
    pub(crate) fn graph(&self) -> Result<Arc<Graph>, Error> {
        let Some((stamp, index)) = self.stamped()? else { return Ok(Arc::default()) };
        if let Some((known, graph)) = locked(&self.graph).as_ref()
            && *known == stamp
        {
            return Ok(graph.clone());
        }
        let graph = Arc::new(self.walk(&index));
        *locked(&self.graph) = Some((stamp, graph.clone()));
        Ok(graph)
    }

    fn walk(&self, index: &Index) -> Graph {
        let roots = index.entries.iter().map(|entry| entry.descriptor.clone());
        Graph::walk(roots, |descriptor| self.node(descriptor))
    }

    /// A missing or unreadable manifest names nothing; reading it reports the error.
    fn node(&self, descriptor: &Descriptor) -> Option<Arc<Node>> {
        if let Some(known) = locked(&self.nodes).get(&descriptor.digest) {
            return known.clone();
        }
        let manifest = self.files.manifest(&descriptor.digest, Some(&descriptor.media_type)).ok()??;
        let node = Node::parse(&manifest.media_type, &manifest.bytes).map(Arc::new);
        locked(&self.nodes).insert(descriptor.digest.clone(), node.clone());
        node
    }

    /// Changes the index and returns the outcome. Changes that arrive while another is being
    /// written are written together.
    pub(crate) async fn change(self: &Arc<Self>, change: Change) -> Result<Done, Error> {
        let (done, mut result) = oneshot::channel();
        locked(&self.waiting).push(Waiting { change, done });
        let _turn = self.writing.lock().await;
        if let Ok(result) = result.try_recv() {
            return result;
        }
        let shelf = self.clone();
        blocking(&self.files.name, move || {
            shelf.write_all();
            Ok(())
        })
        .await?;
        result.await.unwrap_or_else(|_| Err(self.files.local("the index was not written".into())))
    }

    fn write_all(&self) {
        let (changes, waiters): (Vec<_>, Vec<_>) =
            std::mem::take(&mut *locked(&self.waiting)).into_iter().map(|w| (w.change, w.done)).unzip();
        let results = match self.write(&changes) {
            Ok(done) => done.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); changes.len()],
        };
        for (waiter, result) in waiters.into_iter().zip(results) {
            // A cancelled caller does not listen.
            waiter.send(result).ok();
        }
    }

    fn write(&self, changes: &[Change]) -> Result<Vec<Done>, Error> {
        let _lock = self.files.lock()?;
        let index = match self.index()? {
            Some(index) => index,
            None => Arc::new(Index::empty()),
        };
        let needs_graph = |change: &Change| matches!(change, Change::Put { tag: None, .. });
        let graph = if changes.iter().any(needs_graph) { self.graph()? } else { Arc::default() };
        let (index, mut done) = index.changed(changes, &graph);
        if done.contains(&Done::Changed) {
            let bytes = index.to_bytes().map_err(|error| self.files.local(error.to_string()))?;
            self.files.write_index(&bytes)?;
            let index = Arc::new(index);
            *locked(&self.index) = self.files.stamp()?.map(|stamp| (stamp, index.clone()));
        }
        for (change, done) in changes.iter().zip(&mut done) {
            if let Change::Delete(TagOrDigest::Digest(digest)) = change
                && !self.graph()?.children.contains(digest)
            {
                locked(&self.nodes).remove(digest);
                if self.files.remove_blob(digest)? {
                    *done = Done::Changed;
                }
            }
        }
        Ok(done)
    }
}
