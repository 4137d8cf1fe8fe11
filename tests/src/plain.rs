//! Reads registries without our own code: handwritten HTTP/1.0, and every digest computed from the
//! received bytes.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::TcpStream,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use crate::{aws::Aws, image::digest};

const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// A registry on this machine that speaks plain HTTP.
pub struct Plain<'a> {
    host: String,
    login: Option<Box<dyn Fn() -> String + 'a>>,
    authorization: RefCell<Option<String>>,
}

/// Expired passwords are requested again, a few times.
const LOGINS: usize = 5;

/// Everything that is reachable from a repository's tags.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The digest of each tag.
    pub tags: BTreeMap<String, String>,
    /// Manifests and indexes.
    pub manifests: BTreeSet<String>,
    /// Configurations and layers, with their sizes.
    pub blobs: BTreeMap<String, usize>,
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl<'a> Plain<'a> {
    /// A registry without login.
    pub fn new(host: &str) -> Self {
        Self { host: host.to_owned(), login: None, authorization: RefCell::default() }
    }

    /// With the passwords that ECR issues for the registry.
    pub fn of_ecr(host: &str, aws: &'a Aws) -> Self {
        let login = move || {
            let basic = BASE64_STANDARD.encode(format!("AWS:{}", aws.login_password()));
            format!("Basic {basic}")
        };
        let authorization = RefCell::new(Some(login()));
        Self { host: host.to_owned(), login: Some(Box::new(login)), authorization }
    }

    /// The tags of a repository, over all pages.
    pub fn tags(&self, repository: &str) -> BTreeSet<String> {
        let mut tags = BTreeSet::new();
        let mut path = format!("/v2/{repository}/tags/list");
        loop {
            let answer = self.get(&path, "application/json");
            let page: Value = serde_json::from_slice(&answer.body).unwrap();
            let page = page["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
            tags.extend(page.iter().map(|tag| tag.as_str().unwrap().to_owned()));
            let Some(link) = answer.headers.get("link") else { return tags };
            let next = link.split(['<', '>']).nth(1).unwrap();
            next.strip_prefix(&format!("http://{}", self.host)).unwrap_or(next).clone_into(&mut path);
        }
    }

    /// The digest that a tag points to.
    pub fn digest(&self, repository: &str, reference: &str) -> String {
        digest(&self.manifest(repository, reference))
    }

    /// Reads every manifest and every blob from the tags down; everything must exist and match its
    /// digest.
    pub fn walk(&self, repository: &str) -> Content {
        let mut content = Content::default();
        for tag in self.tags(repository) {
            let bytes = self.manifest(repository, &tag);
            let digest = digest(&bytes);
            self.tree(repository, &digest, &bytes, &mut content);
            content.tags.insert(tag, digest);
        }
        content
    }

    fn tree(&self, repository: &str, digest_of_it: &str, bytes: &[u8], content: &mut Content) {
        if !content.manifests.insert(digest_of_it.to_owned()) {
            return;
        }
        let document: Value = serde_json::from_slice(bytes).unwrap();
        for child in document["manifests"].as_array().into_iter().flatten() {
            let wanted = child["digest"].as_str().unwrap();
            let bytes = self.manifest(repository, wanted);
            assert_eq!(digest(&bytes), wanted, "{repository}: a child of {digest_of_it}");
            self.tree(repository, wanted, &bytes, content);
        }
        let layers = document["layers"].as_array().into_iter().flatten();
        for blob in document.get("config").into_iter().chain(layers) {
            let wanted = blob["digest"].as_str().unwrap();
            if content.blobs.contains_key(wanted) {
                continue;
            }
            let bytes = self.get(&format!("/v2/{repository}/blobs/{wanted}"), "*/*").body;
            assert_eq!((digest(&bytes).as_str(), Some(bytes.len() as u64)), (wanted, blob["size"].as_u64()));
            content.blobs.insert(wanted.to_owned(), bytes.len());
        }
    }

    fn manifest(&self, repository: &str, reference: &str) -> Vec<u8> {
        self.get(&format!("/v2/{repository}/manifests/{reference}"), MANIFESTS).body
    }

    fn get(&self, path: &str, accept: &str) -> Answer {
        let ask_here = || ask(&self.host, path, accept, self.authorization.borrow().as_deref());
        let mut answer = ask_here();
        for _ in 0..LOGINS {
            let (403, Some(login)) = (answer.status, &self.login) else { break };
            self.authorization.replace(Some(login()));
            answer = ask_here();
        }
        let answer = match answer.status {
            307 => {
                let location = answer.headers["location"].strip_prefix("http://").unwrap();
                let (host, path) = location.split_once('/').unwrap();
                ask(host, &format!("/{path}"), accept, None)
            }
            _ => answer,
        };
        assert_eq!(answer.status, 200, "{}{path}: {}", self.host, String::from_utf8_lossy(&answer.body));
        answer
    }
}

fn ask(host: &str, path: &str, accept: &str, authorization: Option<&str>) -> Answer {
    let mut stream = TcpStream::connect(host).unwrap();
    let authorization = authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: {accept}\r\n{authorization}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: all.split_off(end + 4) }
}
