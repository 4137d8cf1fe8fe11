//! A registry with a certificate from a private authority.

use std::{fs, path::Path, process::Command};

use longshore_testkit::DockerRegistry;

use super::world::World;

/// A certificate for this machine, signed by a private authority in `ca.crt`.
fn certificate(folder: &Path) {
    fs::write(folder.join("ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for arguments in [
        format!("req -x509 {key} -keyout ca.key -out ca.crt -subj /CN=Corp -days 2"),
        format!("req {key} -keyout server.key -out server.csr -subj /CN=server"),
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile ext"
            .to_owned(),
    ] {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_registry_with_a_private_certificate_is_written_and_verified() {
    let world = World::new();
    let folder = world.home.path();
    certificate(folder);
    let at = folder.display();
    let server = DockerRegistry::with_tls(&format!(
        "  tls:\n    certificate: {at}/server.crt\n    key: {at}/server.key\n"
    ));
    let source = world.source("app");
    world.push(&source, "1");
    let to = format!("{}/app", server.host);
    let (tls, ca) = (format!("--tls={}", server.host), world.path("ca.crt").display().to_string());

    let refused = world.longshore.say(&["copy", &source, &to, &tls]);
    assert_eq!(refused.code, Some(1), "{}{}", refused.text, refused.error);
    let said = format!("{}{}", refused.text, refused.error);
    for part in [server.host.as_str(), "an authority that this machine does not trust", "--ca-file"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    world.longshore.summary(&["copy", &source, &to, &tls, "--ca-file", &ca, "--json"]);
    world.longshore.summary(&["verify", &to, "--tls", "--ca-file", &ca, "--json"]);
    world.longshore.summary(&["verify", &to, "--insecure-skip-verify", &server.host, "--json"]);
    // The directory that docker and podman read.
    for certs in [".config/containers/certs.d", "docker/certs.d"] {
        let certs = world.path(certs).join(&server.host);
        fs::create_dir_all(&certs).unwrap();
        fs::copy(world.path("ca.crt"), certs.join("ca.crt")).unwrap();
        world.longshore.summary(&["verify", &to, "--json"]);
        fs::remove_dir_all(&certs).unwrap();
    }
}
