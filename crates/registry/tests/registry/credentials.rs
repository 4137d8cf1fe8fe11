//! Credentials that docker, podman and their helpers store.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use longshore_registry::{
    Credentials, DockerConfig, Error, HostOptions, HttpRegistry, RegistryErrorKind, Source,
};
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method},
};

use crate::support::{options, repository};

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// A helper that is a shell script.
fn helper(folder: &TempDir, name: &str, script: &str) {
    let path = file(folder, &format!("docker-credential-{name}"), &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn config(folder: &TempDir, text: &str) -> DockerConfig {
    let path = std::env::var("PATH").unwrap();
    DockerConfig::with_files([file(folder, "config.json", text)])
        .with_helpers_in(format!("{}:{path}", folder.path().display()))
}

fn shown(credentials: Credentials) -> String {
    match credentials {
        Credentials::Anonymous => "nobody".into(),
        Credentials::Basic { user, password } => format!("{user}:{}", password.expose()),
        Credentials::IdentityToken(token) => format!("token {}", token.expose()),
        Credentials::Authorization(value) => value.expose().to_owned(),
    }
}

#[tokio::test]
async fn a_hosts_own_helper_comes_before_the_store_and_the_store_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    helper(
        &folder,
        "own",
        r#"read -r host; [ "$1" = get ] && echo "{\"Username\":\"own\",\"Secret\":\"$host\"}""#,
    );
    helper(
        &folder,
        "store",
        r#"read -r host
case "$host" in
  https://index.docker.io/v1/|b.example.com) echo "{\"ServerURL\":\"x\",\"Username\":\"<token>\",\"Secret\":\"t\"}" ;;
  *) echo "credentials not found in native keychain"; exit 1 ;;
esac"#,
    );
    let auth = BASE64_STANDARD.encode("ann:hunter2");
    let config = config(
        &folder,
        &format!(
            r#"{{"credsStore":"store","credHelpers":{{"a.example.com:5000":"own"}},
                "auths":{{"a.example.com:5000":{{"auth":"{auth}"}},"b.example.com":{{}},"c.example.com":{{"auth":"{auth}"}}}}}}"#
        ),
    );
    for (host, expected) in [
        ("a.example.com:5000", "own:a.example.com:5000"),
        ("b.example.com", "token t"),
        ("docker.io", "token t"),
        ("c.example.com", "ann:hunter2"),
        ("d.example.com", "nobody"),
    ] {
        assert_eq!(shown(config.credentials(host).await.unwrap()), expected, "{host}");
    }
}

#[tokio::test]
async fn the_first_file_that_knows_a_host_decides() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |user: &str| format!(r#"{{"auth":"{}"}}"#, BASE64_STANDARD.encode(format!("{user}:x")));
    let first = file(&folder, "first.json", &format!(r#"{{"auths":{{"a.io":{}}}}}"#, entry("first")));
    let second = file(
        &folder,
        "second.json",
        &format!(r#"{{"auths":{{"a.io":{},"b.io":{}}}}}"#, entry("second"), entry("second")),
    );
    let config = DockerConfig::with_files([folder.path().join("none.json"), first, second]);
    assert_eq!(shown(config.credentials("a.io").await.unwrap()), "first:x");
    assert_eq!(shown(config.credentials("b.io").await.unwrap()), "second:x");
}

#[tokio::test]
async fn a_helper_that_fails_is_an_error_that_tells_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    helper(&folder, "angry", "echo 'hunter2 is wrong'; echo 'hunter2' >&2; exit 3");
    helper(&folder, "odd", "echo '{\"Secret\": hunter2}'");
    helper(&folder, "loud", "while :; do echo hunter2hunter2hunter2hunter2hunter2hunter2; done");
    for (name, said) in [
        ("angry", "failed"),
        ("odd", "JSON"),
        ("loud", "more than 65536 bytes"),
        ("missing", "no program `docker-credential-missing`"),
        ("../angry", "plain word"),
        ("-x", "plain word"),
        ("a b", "plain word"),
    ] {
        let config = config(&folder, &format!(r#"{{"credsStore":"{name}"}}"#));
        let error = config.credentials("a.io").await.err().unwrap();
        assert!(
            matches!(&error, Error { kind: RegistryErrorKind::Local { message }, .. } if message.contains(said)),
            "{name}: {error}"
        );
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_password_that_was_refused_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    // Each call gives the next password.
    let script = format!(
        r#"echo x >> '{0}'; n=$(wc -l < '{0}'); echo "{{\"Username\":\"ann\",\"Secret\":\"p$n\"}}""#,
        count.display()
    );
    helper(&folder, "rotating", &script);
    let config = config(&folder, r#"{"credsStore":"rotating"}"#);
    let server = MockServer::start().await;
    let good = format!("Basic {}", BASE64_STANDARD.encode("ann:p2"));
    Mock::given(method("GET"))
        .and(header("authorization", good.as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({"tags": ["1"]})))
        .mount(&server)
        .await;
    Mock::given(|request: &Request| request.method.as_str() == "GET")
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\""))
        .mount(&server)
        .await;
    let name = server.address().to_string();
    let options = HostOptions { credentials: config.for_host(&name), ..options() };
    let registry = HttpRegistry::connect(&name, options).unwrap();
    assert_eq!(registry.tags(&repository("a")).await.unwrap().len(), 1);
    assert_eq!(registry.tags(&repository("a")).await.unwrap().len(), 1);
    assert_eq!(
        fs::read_to_string(count).unwrap().lines().count(),
        2,
        "asked once, and once more after the refusal"
    );
}

#[tokio::test]
async fn a_part_of_a_registry_has_credentials_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    let host = server.address().to_string();
    let auth = |user: &str| format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:pw")));
    let entry = |user: &str| format!(r#"{{"auth":"{}"}}"#, BASE64_STANDARD.encode(format!("{user}:pw")));
    let config = config(
        &folder,
        &format!(
            r#"{{"auths":{{"{host}":{},"{host}/team":{},"{host}/team/app":{}}}}}"#,
            entry("all"),
            entry("team"),
            entry("app")
        ),
    );
    for (name, user) in
        [("other", "all"), ("team/x", "team"), ("team/app", "app"), ("team/app/y", "app"), ("teams", "all")]
    {
        Mock::given(wiremock::matchers::path(format!("/v2/{name}/tags/list")))
            .and(header("authorization", auth(user).as_str()))
            .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({"tags": [user]})))
            .mount(&server)
            .await;
    }
    Mock::given(|request: &Request| !request.headers.contains_key("authorization"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"x\""))
        .mount(&server)
        .await;
    let options = HostOptions { credentials: config.for_host(&host), ..options() };
    let registry = HttpRegistry::connect(&host, options).unwrap();
    for (name, user) in
        [("other", "all"), ("team/x", "team"), ("team/app", "app"), ("team/app/y", "app"), ("teams", "all")]
    {
        let tags = registry.tags(&repository(name)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(tags[0].as_str(), user, "{name}");
    }
}

#[tokio::test]
async fn a_helper_that_is_not_installed_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let auth = BASE64_STANDARD.encode("ann:hunter2");
    let config = config(
        &folder,
        &format!(
            r#"{{"auths":{{"a.example.com":{{"auth":"{auth}"}}}},"credsStore":"gone","credHelpers":{{"c.example.com":"lost"}}}}"#
        ),
    );
    for (host, helper, key) in
        [("b.example.com", "gone", "credsStore"), ("c.example.com", "gone", "credsStore")]
    {
        let error = config.credentials(host).await.err().unwrap().to_string();
        for part in [&format!("docker-credential-{helper}"), key, "config.json", "log in again"] {
            assert!(error.contains(part), "{host}: {error}");
        }
    }
    // The credentials in the file itself are good without it.
    assert_eq!(shown(config.credentials("a.example.com").await.unwrap()), "ann:hunter2");
}
