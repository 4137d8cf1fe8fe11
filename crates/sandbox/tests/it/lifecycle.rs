//! Starting, ending, damage, and what survives.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use longshore_sandbox::{Clock, PortChoice, Ready, Sandbox, SandboxError, SandboxOptions};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    control_client::{DEV, Fixture, PROD, WEST, digest},
    data_client::{Data, header, registry},
};

fn options(state: &Path) -> SandboxOptions {
    crate::control_client::options(state, &Clock::system())
}

#[tokio::test]
async fn the_ready_line_names_everything_once() {
    let fixture = Fixture::start().await;
    let line = serde_json::to_string(&fixture.sandbox.ready()).unwrap();
    let json: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        json.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["event", "control", "registries", "credentials"]
    );
    assert_eq!(json["event"], "ready");
    assert_eq!(json["registries"].as_array().unwrap().len(), 6);
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json["registries"][0]), ["account", "region", "url"]);
    assert_eq!(keys(&json["credentials"][0]), ["account", "access_key_id", "secret_access_key"]);
    let secret = json["credentials"][0]["secret_access_key"].as_str().unwrap();
    assert!(!format!("{:?}", fixture.sandbox).contains(secret), "no secret in debug output");
    assert!(!format!("{:?}", fixture.sandbox.ready()).contains(secret), "no secret in debug output");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (_, pushed) = dev.image("dev-microservice", "a", "42").await;
    let upload = dev.open("dev-microservice").await;
    assert_eq!(dev.send(Method::PATCH, &upload, "first half, ").await.status(), 202);

    // The files as a kill at this moment leaves them: the sandbox is still running.
    let copy = tempfile::tempdir().unwrap();
    let state = copy.path().join("state");
    copy_directory(&fixture.directory.path().join("state"), &state);
    // And what a power cut in the middle of a write would add.
    let logs = state.join(format!("content-1/registries/{DEV}.{WEST}/repositories"));
    let log = fs::read_dir(&logs).unwrap().next().unwrap().unwrap().path();
    let torn = [&fs::read(&log).unwrap()[..], b"[{\"op\":\"untag\",\"tag\":\"42\"}"].concat();
    fs::write(&log, torn).unwrap();
    let id = upload.rsplit('/').next().unwrap();
    let half = state.join(format!("content-1/uploads/{id}.data"));
    fs::write(&half, "first half, of a chunk that never").unwrap();

    let sandbox = Sandbox::start(crate::control_client::options(copy.path(), &fixture.clock)).await.unwrap();
    assert_eq!(sandbox.ready().credentials, fixture.sandbox.ready().credentials);
    let dev = Data::of(&sandbox, DEV, WEST);
    let response = dev.get("dev-microservice/manifests/42").await;
    assert_eq!(header(&response, "docker-content-digest"), pushed);
    let layer = dev.get(&format!("dev-microservice/blobs/{}", digest(b"layer of a"))).await;
    let layer = dev.http.get(header(&layer, "location")).send().await.unwrap();
    assert_eq!(layer.text().await.unwrap(), "layer of a");
    let path = upload.split_once("/v2/").unwrap().1;
    assert_eq!(header(&dev.get(path).await, "range"), "0-11");
    let path = format!("{path}?digest={}", digest(b"first half, second half"));
    assert_eq!(dev.send(Method::PUT, &path, "second half").await.status(), 201);
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn ports_are_remembered_so_references_stay_valid() {
    let fixture = Fixture::start().await;
    let before = fixture.sandbox.ready();
    let fixture = fixture.restart().await;
    assert_eq!(fixture.sandbox.ready(), before);
}

#[tokio::test]
async fn a_remembered_or_explicit_port_that_is_taken_is_an_error_with_a_choice() {
    let fixture = Fixture::start().await;
    let Fixture { sandbox, directory, .. } = fixture;
    let ready = sandbox.ready();
    sandbox.shutdown().await;
    let address = ready.registries[2].url.trim_start_matches("http://").to_owned();
    let squatter = tokio::net::TcpListener::bind(&address).await.unwrap();
    let mut again = options(directory.path());
    again.port = PortChoice::Default;
    let error = Sandbox::start(again.clone()).await.unwrap_err();
    let taken = squatter.local_addr().unwrap().port();
    assert!(
        matches!(error, SandboxError::PortTaken { port, remembered: true, .. } if port == taken),
        "{error}"
    );
    assert_eq!(error.code(), "sandbox-port-taken");
    assert!(error.hint().contains("--port 0"));
    again.port = PortChoice::Explicit(taken);
    let error = Sandbox::start(again.clone()).await.unwrap_err();
    assert!(matches!(error, SandboxError::PortTaken { remembered: false, .. }), "{error}");
    again.port = PortChoice::Any;
    let sandbox = Sandbox::start(again).await.unwrap();
    assert_ne!(sandbox.ready().registries[2].url, ready.registries[2].url);
    assert_eq!(sandbox.ready().registries[3].url, ready.registries[3].url, "the others stay");
}

#[tokio::test]
async fn a_taken_default_port_moves_on_and_says_so() {
    let squatter = tokio::net::TcpListener::bind(("127.0.0.1", longshore_sandbox::DEFAULT_PORT)).await;
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(directory.path());
    options.port = PortChoice::Default;
    let sandbox = Sandbox::start(options).await.unwrap();
    // Whether this test or another program has the default port, it was not free.
    assert_eq!(sandbox.moved_from(), Some(longshore_sandbox::DEFAULT_PORT));
    assert!(!sandbox.ready().control.ends_with(":4510"));
    drop(squatter);
}

#[tokio::test]
async fn a_state_directory_has_one_writer() {
    let fixture = Fixture::start().await;
    let error = Sandbox::start(options(fixture.directory.path())).await.unwrap_err();
    assert!(matches!(error, SandboxError::InUse { .. }), "{error}");
    let control = fixture.sandbox.ready().control;
    assert!(error.to_string().ends_with(&format!("runs and answers at {control}")), "{error}");
    fixture.create("still-works").await;
}

#[tokio::test]
async fn a_damaged_file_is_named_and_left_as_it_is() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    fixture.call("PutAccountSetting", json!({"name": "BLOB_MOUNTING", "value": "ENABLED"})).await.ok();
    let Fixture { sandbox, directory, .. } = fixture;
    sandbox.shutdown().await;
    let state = directory.path().join("state");
    let registry = state.join(format!("content-1/registries/{DEV}.{WEST}"));
    let log = fs::read_dir(registry.join("repositories")).unwrap().next().unwrap().unwrap().path();
    for file in [state.join("sandbox.json"), registry.join("registry.json"), log] {
        let whole = fs::read(&file).unwrap();
        let damaged = b"{\"format\": 1, \"gen\n[]\n".to_vec();
        fs::write(&file, &damaged).unwrap();
        let error = Sandbox::start(options(directory.path())).await.unwrap_err();
        assert!(matches!(&error, SandboxError::Corrupt { path, .. } if *path == file), "{error}");
        assert!(error.to_string().contains(file.to_str().unwrap()));
        assert_eq!(fs::read(&file).unwrap(), damaged, "nothing overwritten");
        fs::write(&file, &whole).unwrap();
    }
    let sandbox = Sandbox::start(options(directory.path())).await.unwrap();
    assert_eq!(Data::of(&sandbox, DEV, WEST).get("dev-microservice/tags/list").await.status(), 200);
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_a_typed_error() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("state"), "a file where the directory should be").unwrap();
    let error = Sandbox::start(options(directory.path())).await.unwrap_err();
    assert!(matches!(error, SandboxError::Storage(_)), "{error}");
    let mut unwritable = options(directory.path());
    unwritable.state = "/proc/longshore".into();
    let error = Sandbox::start(unwritable).await.unwrap_err();
    assert!(matches!(error, SandboxError::Storage(_)), "{error}");
}

#[tokio::test]
async fn a_failed_write_is_not_acknowledged() {
    let fixture = Fixture::start().await;
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    let (text, _) = dev.image("dev-microservice", "a", "42").await;
    let content = fixture.directory.path().join("state/content-1");
    let (uploads, moved) = (content.join("uploads"), content.join("uploads-moved"));
    fs::rename(&uploads, &moved).unwrap();
    let refused = dev.send(Method::POST, "dev-microservice/blobs/uploads/", "").await;
    assert_eq!(refused.status(), 500);
    assert!(!refused.text().await.unwrap().contains("content-1"), "no path in the answer");
    fs::rename(&moved, &uploads).unwrap();
    let registries = content.join("registries");
    let away = content.join("registries-moved");
    fs::rename(&registries, &away).unwrap();
    let answer = fixture.call("CreateRepository", json!({"repositoryName": "other"})).await;
    assert!(answer.status >= 500, "{}", answer.text);
    fs::rename(&away, &registries).unwrap();
    fixture.create("other").await;
    assert_eq!(
        dev.put("dev-microservice", "43", crate::control_client::OCI_MANIFEST, &text).await.status(),
        201
    );
}

#[tokio::test]
async fn the_running_file_is_the_users_own_and_goes_with_the_sandbox() {
    let fixture = Fixture::start().await;
    let state = fixture.directory.path().join("state");
    let path = state.join("running.json");
    for file in [&path, &state.join("sandbox.json")] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let ready: Ready = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(ready, fixture.sandbox.ready());
    fixture.sandbox.shutdown().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn accounts_and_regions_can_be_added_and_stay() {
    let fixture = Fixture::start().await;
    let new = "123456789012";
    let regions = vec![WEST.parse().unwrap(), "eu-west-1".parse().unwrap()];
    fixture.sandbox.add_account(new.parse().unwrap(), regions.clone()).await.unwrap();
    let twice = fixture.sandbox.add_account(new.parse().unwrap(), regions).await.unwrap_err();
    assert_eq!(twice.code(), "sandbox-account-exists");
    let none = fixture.sandbox.add_account("210987654321".parse().unwrap(), vec![]).await.unwrap_err();
    assert_eq!(none.code(), "sandbox-no-region");
    let added = fixture.sandbox.add_region(new.parse().unwrap(), "sa-east-1".parse().unwrap()).await.unwrap();
    let again =
        fixture.sandbox.add_region(new.parse().unwrap(), "sa-east-1".parse().unwrap()).await.unwrap_err();
    assert_eq!(again.code(), "sandbox-region-exists");
    let input = json!({"repositoryName": "mservice"});
    fixture.call_in(new, "sa-east-1", "CreateRepository", input).await.ok();
    Data::of(&fixture.sandbox, new, "sa-east-1").image("mservice", "a", "42").await;
    let before = fixture.sandbox.ready();
    let fixture = fixture.restart().await;
    assert_eq!(fixture.sandbox.ready(), before);
    assert_eq!(fixture.sandbox.ready().registry_url(&registry(new, "sa-east-1")), Some(added.url.as_str()));
    let data = Data::of(&fixture.sandbox, new, "sa-east-1");
    assert_eq!(data.head("mservice/manifests/42").await.status(), 200);
}

#[tokio::test]
async fn a_reset_makes_everything_new_but_keys_and_ports() {
    let fixture = Fixture::start().await;
    let seeded = fixture.sandbox.ready();
    let added = "123456789012";
    fixture.sandbox.add_account(added.parse().unwrap(), vec![WEST.parse().unwrap()]).await.unwrap();
    let gone = Data::of(&fixture.sandbox, added, WEST);
    fixture.create("dev-microservice").await;
    let dev = Data::of(&fixture.sandbox, DEV, WEST);
    dev.image("dev-microservice", "a", "42").await;
    let upload = dev.open("dev-microservice").await;
    fixture.sandbox.reset().await.unwrap();
    assert_eq!(fixture.sandbox.ready(), seeded);
    assert_eq!(dev.get("dev-microservice/tags/list").await.status(), 404);
    assert_eq!(dev.get("_catalog").await.text().await.unwrap(), "{\"repositories\":[]}");
    assert_eq!(dev.get(&upload).await.status(), 404);
    assert_eq!(fixture.sandbox.counters()[&registry(DEV, WEST)].blob_uploads, 0);
    assert!(gone.request(Method::GET, "").send().await.map_or(true, |r| r.status() == 404));
    let state = fixture.directory.path().join("state");
    assert!(!state.join("content-1").exists() && state.join("content-2").exists());
    fixture.create("dev-microservice").await;
    dev.image("dev-microservice", "b", "1").await;
    let fixture = fixture.restart().await;
    let tags = Data::of(&fixture.sandbox, DEV, WEST).get("dev-microservice/tags/list").await;
    assert_eq!(tags.text().await.unwrap(), "{\"name\":\"dev-microservice\",\"tags\":[\"1\"]}");
    assert!(fixture.sandbox.ready().registry_url(&registry(PROD, WEST)).is_some());
}
