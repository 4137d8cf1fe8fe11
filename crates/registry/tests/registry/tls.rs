//! TLS with a private authority, against Debian's docker-registry.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use longshore_registry::{Error, HostOptions, HttpRegistry, Sink, Source, TlsOptions};
use longshore_testkit::DockerRegistry;
use tempfile::TempDir;

use crate::support::{blob, body, image, options, repository, tag};

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl is installed");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A certificate authority, a certificate of it for this machine, and one for a client.
fn authority() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    fs::write(
        at.join("server.ext"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .unwrap();
    fs::write(at.join("client.ext"), "extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl(at, &format!("req -x509 {key} -keyout ca.key -out ca.crt -subj /CN=Corp -days 2"));
    for name in ["server", "client"] {
        openssl(at, &format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(
            at,
            &format!(
                "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -days 2 -extfile {name}.ext"
            ),
        );
    }
    folder
}

fn served(by: &TempDir, more: &str) -> DockerRegistry {
    let at = by.path().display();
    DockerRegistry::with_tls(&format!(
        "  tls:\n    certificate: {at}/server.crt\n    key: {at}/server.key\n{more}"
    ))
}

async fn works(host: &str, tls: TlsOptions) -> Result<(), Error> {
    let registry = HttpRegistry::connect(host, HostOptions { tls, ..options() })?;
    let (config, name) = (blob(b"{}"), repository("team/app"));
    registry.push_blob(&name, &config, body(b"{}")).await?;
    registry.push_manifest(&name, &image(&config, &[]), Some(&tag("1"))).await?;
    registry.tags(&name).await.map(drop)
}

fn trusting(file: PathBuf) -> TlsOptions {
    TlsOptions { on_loopback: true, ca_files: vec![file], ..TlsOptions::default() }
}

#[tokio::test]
async fn a_private_authority_is_trusted_by_file_and_by_certs_d() {
    let folder = authority();
    let server = served(&folder, "");
    works(&server.host, trusting(folder.path().join("ca.crt"))).await.unwrap();
    let certs = folder.path().join("certs.d");
    let own = certs.join(&server.host);
    fs::create_dir_all(&own).unwrap();
    fs::copy(folder.path().join("ca.crt"), own.join("ca.crt")).unwrap();
    // A directory that names the host also says that it speaks TLS.
    let by_directory =
        TlsOptions { certs_in: vec![folder.path().join("none"), certs], ..TlsOptions::default() };
    works(&server.host, by_directory).await.unwrap();
    let unchecked = TlsOptions { skip_verify: true, ..TlsOptions::default() };
    works(&server.host, unchecked).await.unwrap();
}

#[tokio::test]
async fn an_unknown_issuer_is_told_at_once_and_not_asked_again() {
    let (folder, other) = (authority(), authority());
    let server = served(&folder, "");
    let begun = Instant::now();
    for tls in
        [TlsOptions { on_loopback: true, ..TlsOptions::default() }, trusting(other.path().join("ca.crt"))]
    {
        let slow = longshore_registry::Backoff {
            attempts: 5,
            base: Duration::from_secs(60),
            cap: Duration::from_secs(60),
        };
        let options = HostOptions { tls, backoff: slow, ..options() };
        let registry = HttpRegistry::connect(&server.host, options).unwrap();
        let error = registry.tags(&repository("a")).await.unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("certificate", false), "{error:?}");
        let said = format!("the certificate of `{}` is signed by an authority", server.host);
        assert!(error.to_string().contains(&said), "{error}");
        assert_eq!(registry.stats().requests, 1);
    }
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_self_signed_certificate_that_the_user_names_is_the_hosts_own() {
    let folder = tempfile::tempdir().unwrap();
    openssl(
        folder.path(),
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.crt \
         -subj /CN=localhost -days 2 -addext subjectAltName=IP:127.0.0.1",
    );
    let server = served(&folder, "");
    works(&server.host, trusting(folder.path().join("server.crt"))).await.unwrap();
    // It is for the address, and not for another name.
    let port = server.host.rsplit_once(':').unwrap().1;
    let error =
        works(&format!("localhost:{port}"), trusting(folder.path().join("server.crt"))).await.unwrap_err();
    assert_eq!(error.code(), "certificate", "{error:?}");
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_the_host_that_it_lies_with() {
    let folder = authority();
    let server = served(&folder, &format!("    clientcas: [{}/ca.crt]\n", folder.path().display()));
    let error = works(&server.host, trusting(folder.path().join("ca.crt"))).await.unwrap_err();
    assert!(matches!(error.code(), "certificate" | "network"), "{error:?}");
    let certs = folder.path().join("certs.d");
    let own = certs.join(&server.host);
    fs::create_dir_all(&own).unwrap();
    for (from, to) in [("ca.crt", "ca.crt"), ("client.crt", "client.cert"), ("client.key", "client.key")] {
        fs::copy(folder.path().join(from), own.join(to)).unwrap();
    }
    let tls = TlsOptions { certs_in: vec![certs.clone()], ..TlsOptions::default() };
    works(&server.host, tls.clone()).await.unwrap();

    fs::remove_file(own.join("client.key")).unwrap();
    let error = works(&server.host, tls.clone()).await.unwrap_err();
    assert!(error.to_string().contains("client.key"), "{error}");
    fs::write(own.join("ca.crt"), "nothing").unwrap();
    let error = works(&server.host, tls).await.unwrap_err();
    assert!(error.to_string().contains("no certificate in PEM format"), "{error}");
}

#[tokio::test]
async fn this_machine_is_spoken_to_in_plain_http_unless_told_otherwise() {
    let server = DockerRegistry::start();
    works(&server.host, TlsOptions::default()).await.unwrap();
    let tls = TlsOptions { on_loopback: true, ..TlsOptions::default() };
    assert!(works(&server.host, tls).await.is_err());
}
