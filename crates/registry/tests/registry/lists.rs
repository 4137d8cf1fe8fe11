//! Lists as real registries send them.

use longshore_names::Tag;
use longshore_registry::{Error, HttpRegistry, RegistryErrorKind, RepositoryState, Sink, Source};
use longshore_testkit::DockerRegistry;
use serde_json::json;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path, path_regex, query_param},
};

use crate::support::{blob, body, connect, image, repository, tag};

async fn server() -> (MockServer, HttpRegistry) {
    let server = MockServer::start().await;
    let registry = connect(&server.address().to_string());
    (server, registry)
}

fn named(names: &[&str]) -> Vec<Tag> {
    names.iter().map(|name| tag(name)).collect()
}

#[tokio::test]
async fn names_that_are_not_valid_are_left_out_and_named() {
    let (server, registry) = server().await;
    let tags = json!({"name": "r", "tags": ["1", "../../x", "", "a b", null, "\u{1b}[31m", "2"]});
    Mock::given(path("/v2/r/tags/list"))
        .respond_with(ResponseTemplate::new(200).set_body_json(tags))
        .mount(&server)
        .await;
    Mock::given(path("/v2/_catalog"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"repositories": ["team/app", "../x"]})))
        .mount(&server)
        .await;
    assert_eq!(registry.tags(&repository("r")).await.unwrap(), named(&["1", "2"]));
    assert_eq!(registry.repositories().await.unwrap(), [repository("team/app")]);
    let said = registry.remarks().join("\n");
    for name in ["`../../x`", "`a b`", "`../x`", "\\u{1b}"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(!said.contains('\u{1b}'));
}

#[tokio::test]
async fn a_null_list_is_empty() {
    let (server, registry) = server().await;
    for document in [json!({"tags": null}), json!({"name": "r"}), json!({"tags": []})] {
        server.reset().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(document))
            .mount(&server)
            .await;
        assert_eq!(registry.tags(&repository("r")).await.unwrap(), []);
        assert_eq!(registry.state(&repository("r")).await.unwrap(), RepositoryState::Empty);
    }
}

#[tokio::test]
async fn a_page_size_that_is_refused_is_lowered() {
    for (status, code) in [
        (400, "PAGINATION_NUMBER_INVALID"),
        (422, "PAGINATION_NUMBER_INVALID"),
        (405, "UNSUPPORTED"),
        (400, "X"),
    ] {
        let (server, registry) = server().await;
        let most = if code == "X" { 0 } else { 100 };
        Mock::given(path("/v2/r/tags/list"))
            .respond_with(move |request: &Request| {
                let asked = request.url.query_pairs().find(|(name, _)| name == "n");
                match asked.and_then(|(_, n)| n.parse::<usize>().ok()) {
                    Some(n) if n > most => ResponseTemplate::new(status).set_body_json(
                        json!({"errors": [{"code": code, "message": "invalid number of results"}]}),
                    ),
                    _ => ResponseTemplate::new(200).set_body_json(json!({"tags": ["1"]})),
                }
            })
            .mount(&server)
            .await;
        assert_eq!(registry.tags(&repository("r")).await.unwrap(), named(&["1"]), "{status} {code}");
    }
    // Requests with other refusals are not retried.
    let (server, registry) = server().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(403)).expect(1).mount(&server).await;
    assert!(matches!(
        registry.tags(&repository("r")).await,
        Err(Error { kind: RegistryErrorKind::Denied { .. }, .. })
    ));
}

#[tokio::test]
async fn a_list_is_read_from_a_docker_registry_that_gives_few_at_once() {
    let server = DockerRegistry::with("catalog: {maxentries: 5}\n");
    let registry = connect(&server.host);
    let config = blob(b"{}");
    let mut expected = Vec::new();
    for number in 0..12 {
        let name = repository(&format!("team/app{number:02}"));
        registry.push_blob(&name, &config, body(b"{}")).await.unwrap();
        registry.push_manifest(&name, &image(&config, &[]), Some(&tag("1"))).await.unwrap();
        expected.push(name);
    }
    let mut found = registry.repositories().await.unwrap();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn the_next_page_is_found_after_a_redirect() {
    let (server, registry) = server().await;
    Mock::given(path("/v2/r/tags/list"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", "/other/r/list?n=1000"))
        .mount(&server)
        .await;
    let link = r#"<list?last=1>; rel="prev", <list?last=2>; rel="next""#;
    Mock::given(path("/other/r/list"))
        .and(query_param("n", "1000"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"tags": ["1", "2"]})).insert_header("link", link),
        )
        .mount(&server)
        .await;
    Mock::given(path("/other/r/list"))
        .and(query_param("last", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"tags": ["3"]})))
        .mount(&server)
        .await;
    assert_eq!(registry.tags(&repository("r")).await.unwrap(), named(&["1", "2", "3"]));
}

#[tokio::test]
async fn a_refused_list_leaves_the_question_about_each_tag() {
    for status in [401, 403, 405] {
        let (server, registry) = server().await;
        Mock::given(path_regex("/tags/list$"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
        assert_eq!(registry.state(&repository("r")).await.unwrap(), RepositoryState::Filled, "{status}");
    }
}
