//! What a blob costs in parts and in one piece: wall and processor time of client and sandbox
//! together, for the threshold that `docs/decisions/0013-layers-in-parts.md` explains.
//!
//! `cargo run --release -p longshore-ecr --example upload_cost -- DIRECTORY`
#![allow(clippy::print_stdout)]

use std::{error::Error, path::PathBuf, time::Instant};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use bytes::Bytes;
use longshore_ecr::{EcrClient, EcrConfig, EcrEndpoint, RepositorySettings};
use longshore_names::{Algorithm, RegistryId};
use longshore_registry::{BlobStream, Descriptor, Parts, Sink, digest_of};
use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions};

const MIB: usize = 1024 * 1024;
const REPEATS: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: upload_cost DIRECTORY")?;
    println!("MiB  at once   one piece: s, CPU s      parts: s, CPU s");
    for (size, together) in [(1, 1), (4, 1), (8, 1), (16, 1), (32, 1), (128, 1), (32, 4), (128, 4)] {
        let mut costs = [(0.0, 0.0); 2];
        for (cost, parts) in costs.iter_mut().zip([false, true]) {
            let mut measured = Vec::new();
            for repeat in 0..REPEATS {
                let state = directory.join(format!("{size}-{together}-{parts}-{repeat}"));
                measured.push(measure(state, size * MIB, together, parts).await?);
            }
            measured.sort_by(|a, b| a.0.total_cmp(&b.0));
            *cost = measured[REPEATS / 2];
        }
        let [(put, put_cpu), (part, part_cpu)] = costs;
        println!("{size:>3}  {together:>7}   {put:>9.3} {put_cpu:>9.3}   {part:>12.3} {part_cpu:>9.3}");
    }
    Ok(())
}

async fn measure(
    state: PathBuf,
    size: usize,
    together: usize,
    parts: bool,
) -> Result<(f64, f64), Box<dyn Error>> {
    let mut options = SandboxOptions::new(&state);
    options.port = PortChoice::Any;
    let sandbox = Sandbox::start(options).await?;
    let endpoint = connect(&sandbox).await?;
    let repository = "app".parse()?;
    endpoint.ensure_repository(&repository).await?;
    let blobs: Vec<(Descriptor, Bytes)> = (0..together).map(|number| blob(size, number as u8)).collect();
    let (start, cpu) = (Instant::now(), cpu_seconds()?);
    let pushes = blobs.iter().map(|(blob, bytes)| {
        let (endpoint, repository) = (&endpoint, &repository);
        async move {
            let body = body(bytes);
            if parts {
                endpoint.push_parts(repository, blob, None, body, &|_| ()).await
            } else {
                endpoint.push_blob(repository, blob, body).await
            }
        }
    });
    futures::future::try_join_all(pushes).await?;
    let cost = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    sandbox.shutdown().await;
    std::fs::remove_dir_all(state)?;
    Ok(cost)
}

async fn connect(sandbox: &Sandbox) -> Result<EcrEndpoint, Box<dyn Error>> {
    let ready = sandbox.ready();
    let (registry, keys) = (&ready.registries[0], &ready.credentials[0]);
    let client = EcrClient::new(EcrConfig {
        registry: RegistryId::new(registry.account.clone(), registry.region.clone()),
        credentials: SharedCredentialsProvider::new(Credentials::from_keys(
            &keys.access_key_id,
            &keys.secret_access_key,
            None,
        )),
        endpoint: Some(ready.control.parse()?),
        sts_endpoint: Some(ready.control.parse()?),
        data_plane: Some(registry.url.parse()?),
        network: Default::default(),
        hosts: Default::default(),
    });
    // The token is requested here, so that it counts for neither way.
    client.token().await?;
    Ok(EcrEndpoint::connect(client, RepositorySettings::default()).await?)
}

fn blob(size: usize, seed: u8) -> (Descriptor, Bytes) {
    let bytes = Bytes::from(vec![seed; size]);
    let digest = digest_of(Algorithm::Sha256, &bytes);
    (Descriptor { media_type: "application/octet-stream".into(), digest, size: size as u64 }, bytes)
}

fn body(bytes: &Bytes) -> BlobStream {
    let mut rest = bytes.clone();
    let pieces = std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(256 * 1024));
        (!piece.is_empty()).then_some(Ok(piece))
    });
    Box::pin(futures::stream::iter(pieces))
}

/// Processor time of this process so far: fields 14 and 15 of `/proc/self/stat`, in ticks of 10 ms.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: Vec<u64> = fields.skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<u64>() as f64 / 100.0)
}
