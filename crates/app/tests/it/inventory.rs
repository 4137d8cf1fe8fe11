//! The inventory: windows, search, details, and changes that appear without a refresh.

use longshore_app::{
    App,
    api::{
        AccountKey, AddAccount, AppEvent, Direction, Environment, GetClientCommands, ImageKey, ImageSort,
        ListImages, ListRepositories, RegistryKey, RepositoryKey, RepositorySort, Scope, Search, Side, Space,
        UpdateAccount, Visible,
    },
};

use crate::support::{DEV, PROD, Pusher, client, options, registry, repository, until, with_sandbox};

fn list(key: &RepositoryKey) -> ListImages {
    ListImages {
        repository: key.clone(),
        text: String::new(),
        sort: ImageSort::Tag,
        direction: Direction::Ascending,
        offset: 0,
        limit: 100,
    }
}

fn of(key: &RegistryKey) -> Scope {
    Scope {
        space: Some(key.space),
        account: Some(key.account.to_string()),
        region: Some(key.region.to_string()),
    }
}

async fn names(app: &App, request: ListRepositories) -> Vec<String> {
    let window = app.repositories(request).await.unwrap();
    window.rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn windows_are_sorted_filtered_and_cut_in_the_database() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "us-west-2");
    let pusher = Pusher::new(&app, &dev).await;
    for name in ["alpha", "beta_x", "beta-x", "gamma", "team/100"] {
        pusher.create(name).await;
    }
    pusher.push("gamma", "1").await;
    pusher.push("gamma", "2").await;
    pusher.push("alpha", "1").await;
    app.refresh(of(&dev)).await.unwrap();
    let request = ListRepositories { scope: of(&dev), limit: 100, ..Default::default() };
    assert_eq!(names(&app, request.clone()).await, ["alpha", "beta-x", "beta_x", "gamma", "team/100"]);

    let last = ListRepositories { direction: Direction::Descending, limit: 2, offset: 1, ..request.clone() };
    let window = app.repositories(last).await.unwrap();
    assert_eq!((window.total, window.offset), (5, 1));
    assert_eq!(window.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["gamma", "beta_x"]);
    assert!(window.as_of.is_some() && window.problems.is_empty());
    assert!(window.rows[0].uri.ends_with("/gamma"), "{:?}", window.rows[0]);

    // `_` and `%` are literal characters, not wildcards.
    assert_eq!(names(&app, ListRepositories { text: "a_x".into(), ..request.clone() }).await, ["beta_x"]);
    assert!(names(&app, ListRepositories { text: "%".into(), ..request.clone() }).await.is_empty());
    assert_eq!(names(&app, ListRepositories { text: " 100 ".into(), ..request.clone() }).await, ["team/100"]);

    // Counts come from the images, which are read in the background.
    let mut events = app.subscribe();
    let counted = ListRepositories {
        sort: RepositorySort::Images,
        direction: Direction::Descending,
        ..request.clone()
    };
    let window = until(&mut events, "counting images", || async {
        let window = app.repositories(counted.clone()).await.unwrap();
        let counts: Vec<_> = window.rows.iter().map(|row| (row.name.as_str(), row.images)).take(2).collect();
        (counts == [("gamma", Some(2)), ("alpha", Some(1))]).then_some(window)
    })
    .await;
    assert!(window.rows[0].bytes.unwrap() > 0 && window.rows[0].pushed.is_some());

    // Another registry has nothing, and was read as empty.
    let prod = registry(PROD, "us-west-2");
    app.refresh(of(&prod)).await.unwrap();
    let window =
        app.repositories(ListRepositories { scope: of(&prod), limit: 1, ..Default::default() }).await;
    assert_eq!(window.unwrap().total, 0);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_pushed_image_appears_without_asking_and_no_pull_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "us-west-2");
    let key = repository(&dev, "dev-microservice");
    let mut events = app.subscribe();
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("dev-microservice").await;
    until(&mut events, "seeing the repository", || async {
        let request = ListRepositories { scope: of(&dev), limit: 10, ..Default::default() };
        (names(&app, request).await == ["dev-microservice"]).then_some(())
    })
    .await;
    let shown = Visible { registries: vec![dev.clone()], repository: Some(key.clone()), images: Vec::new() };
    app.set_visible(shown).await.unwrap();
    assert_eq!(app.images(list(&key)).await.unwrap().total, 0);

    let digest = pusher.push("dev-microservice", "42").await;
    let window = until(&mut events, "seeing the image", || async {
        let window = app.images(list(&key)).await.unwrap();
        (window.total == 1).then_some(window)
    })
    .await;
    let row = &window.rows[0];
    assert_eq!((row.digest.as_str(), row.tags.as_slice()), (digest.as_str(), ["42".to_owned()].as_slice()));
    assert!(!row.is_index && row.bytes > 0);

    // The same image under a second tag, then the first tag on another image.
    pusher.push("dev-microservice", "43").await;
    let window = until(&mut events, "seeing the second image", || async {
        let window = app.images(list(&key)).await.unwrap();
        (window.total == 2).then_some(window)
    })
    .await;
    assert_eq!(window.rows.iter().map(|row| row.tags[0].as_str()).collect::<Vec<_>>(), ["42", "43"]);

    app.search(Search { scope: Scope::default(), text: "42".into(), limit: 10 }).await.unwrap();
    app.refresh(of(&dev)).await.unwrap();
    let images =
        client(&app, &dev).images(&"dev-microservice".parse().unwrap(), Default::default()).await.unwrap();
    assert!(images.iter().all(|image| image.last_pulled_at.is_none()), "{images:?}");
    let calls = app.api_calls(&dev);
    assert!(!calls.contains_key("BatchGetImage") && calls.contains_key("DescribeImages"), "{calls:?}");

    // Deleted elsewhere, removed here.
    client(&app, &dev).delete_repository(&"dev-microservice".parse().unwrap(), true).await.unwrap();
    until(&mut events, "losing the repository", || async {
        let request = ListRepositories { scope: of(&dev), limit: 10, ..Default::default() };
        names(&app, request).await.is_empty().then_some(())
    })
    .await;
    let error = app.repository(key).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.side), ("repository-not-found", Side::Service));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn images_are_sorted_and_found_by_tag_and_digest() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "eu-west-1");
    let key = repository(&dev, "app");
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("app").await;
    let mut digests = Vec::new();
    for tag in ["release_1", "release-1", "v2"] {
        digests.push(pusher.push("app", tag).await);
    }
    app.repository(key.clone()).await.unwrap();
    let mut events = app.subscribe();
    let request = list(&key);
    until(&mut events, "reading images", || async {
        (app.images(request.clone()).await.unwrap().total == 3).then_some(())
    })
    .await;
    let tags = async |request: ListImages| -> Vec<String> {
        let window = app.images(request).await.unwrap();
        window.rows.into_iter().flat_map(|row| row.tags).collect()
    };
    assert_eq!(tags(request.clone()).await, ["release-1", "release_1", "v2"]);
    let descending = ListImages { direction: Direction::Descending, offset: 1, limit: 1, ..request.clone() };
    assert_eq!(tags(descending).await, ["release_1"]);
    assert_eq!(tags(ListImages { text: "e_1".into(), ..request.clone() }).await, ["release_1"]);
    let part = digests[2].hex()[10..30].to_owned();
    assert_eq!(tags(ListImages { text: part.clone(), ..request.clone() }).await, ["v2"]);
    assert_eq!(tags(ListImages { sort: ImageSort::Size, text: "v".into(), ..request }).await, ["v2"]);

    let search = async |text: &str, scope: Scope| {
        app.search(Search { scope, text: text.into(), limit: 50 }).await.unwrap().hits
    };
    let hits = search("release", Scope::default()).await;
    assert_eq!(
        hits.iter().map(|hit| hit.tag.as_deref()).collect::<Vec<_>>(),
        [Some("release-1"), Some("release_1")]
    );
    let hits = search(&part, Scope::default()).await;
    assert_eq!((hits.len(), hits[0].digest.as_deref()), (1, Some(digests[2].as_str())));
    let hits = search("app", Scope::default()).await;
    assert_eq!((hits.len(), &hits[0].repository, &hits[0].tag), (1, &key, &None));
    assert!(search("app", of(&registry(PROD, "eu-west-1"))).await.is_empty());
    assert!(search("  ", Scope::default()).await.is_empty());
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_image_is_looked_into_once_and_then_known_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "us-west-2");
    let key = repository(&dev, "app");
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("app").await;
    let digest = pusher.push("app", "42").await;
    let image = ImageKey { repository: key.clone(), digest: digest.to_string() };
    let details = app.image_details(image.clone()).await.unwrap();
    assert!(details.manifest.contains("schemaVersion"));
    let [platform] = details.platforms.as_slice() else { panic!("{details:?}") };
    assert_eq!((platform.platform.as_str(), platform.layers.len()), ("linux/amd64", 1));
    assert!(platform.created.as_deref().unwrap().starts_with("2026-11-20"));
    let labels: Vec<_> = platform.labels.iter().map(|l| (l.name.as_str(), l.value.as_str())).collect();
    assert_eq!(labels, [("empty", ""), ("git-commit", "commit of Some(\"42\")")]);

    let index = pusher.push_index("app", "all").await;
    let index = ImageKey { repository: key.clone(), digest: index.to_string() };
    let of_index = app.image_details(index.clone()).await.unwrap();
    let platforms: Vec<_> =
        of_index.platforms.iter().map(|p| (p.platform.as_str(), p.layers.len())).collect();
    assert_eq!(platforms, [("linux/amd64", 1), ("linux/arm64", 1)]);
    assert_eq!(app.api_calls(&dev)["BatchGetImage"], 3);

    // Cached forever: nothing is requested again, even when the registry has lost it.
    client(&app, &dev).delete_repository(&"app".parse().unwrap(), true).await.unwrap();
    assert_eq!(app.image_details(image).await.unwrap(), details);
    assert_eq!(app.image_details(index).await.unwrap(), of_index);
    assert_eq!(app.api_calls(&dev)["BatchGetImage"], 3);

    let unknown = ImageKey { repository: key, digest: format!("sha256:{}", "0".repeat(64)) };
    assert_eq!(app.image_details(unknown).await.unwrap_err().code, "repository-not-found");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn labels_annotations_and_platforms_reach_the_window_bounded_and_with_nothing_hidden() {
    const HOSTILE: &str = "a\u{202e}b\u{200b}\u{1b}[2J\n\u{e0041}";
    const SHOWN: &str = r"a\u{202e}b\u{200b}\u{1b}[2J\n\u{e0041}";
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "us-west-2");
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("app").await;
    let name = "app".parse().unwrap();
    let config = serde_json::json!({
        "os": HOSTILE, "architecture": "amd64",
        "config": {"Labels": {HOSTILE: HOSTILE, "long": "x".repeat(100_000)}},
    });
    let config =
        pusher.blob(&name, "application/vnd.oci.image.config.v1+json", config.to_string().into_bytes()).await;
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let document = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [],
        "annotations": {"note": HOSTILE},
    });
    let pushed = pusher.manifest(&name, Some("1"), media_type, &document).await;
    let key = ImageKey { repository: repository(&dev, "app"), digest: pushed.digest.to_string() };
    let details = app.image_details(key).await.unwrap();
    assert_eq!(details.annotations[0].value, SHOWN);
    let platform = &details.platforms[0];
    assert_eq!(platform.platform, format!("{SHOWN}/amd64"));
    let [hostile, long] = platform.labels.as_slice() else { panic!("{platform:?}") };
    assert_eq!((hostile.name.as_str(), hostile.value.as_str()), (SHOWN, SHOWN));
    assert!(long.value.chars().count() <= 8_192 && long.value.ends_with("more characters)"), "{long:?}");
    app.close().await;
}

#[tokio::test]
async fn one_registry_that_fails_is_shown_on_that_registry_only() {
    let (elsewhere, directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let elsewhere = with_sandbox(&elsewhere).await;
    let mut options = options(&directory);
    options.aws_endpoint = Some(crate::support::ready(&elsewhere).control.parse().unwrap());
    let app = App::open(options).await.unwrap();
    app.start_sandbox().await.unwrap();
    let dev = registry(DEV, "us-west-2");
    Pusher::new(&app, &dev).await.create("app").await;
    app.add_account(AddAccount {
        id: PROD.into(),
        name: "With an unknown key".into(),
        environment: Environment::Production,
        colour: None,
        regions: vec!["us-west-2".into()],
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
        session_only: false,
    })
    .await
    .unwrap();
    app.refresh(Scope::default()).await.unwrap();
    let everything = ListRepositories { limit: 10, ..Default::default() };
    let window = app.repositories(everything.clone()).await.unwrap();
    assert_eq!(window.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["app"]);
    let failing = RegistryKey { space: Space::Aws, ..registry(PROD, "us-west-2") };
    let problems: Vec<_> = window.problems.iter().map(|p| (&p.registry, p.error.code.as_str())).collect();
    assert_eq!(problems, [(&failing, "credentials-unknown")]);
    let overview = app.overview(Scope::default()).await.unwrap();
    let bad: Vec<_> =
        overview.registries.iter().filter(|r| r.problem.is_some()).map(|r| &r.registry).collect();
    assert_eq!(bad, [&failing]);

    app.remove_account(AccountKey { space: Space::Aws, id: PROD.into() }).await.unwrap();
    assert!(app.repositories(everything).await.unwrap().problems.is_empty());
    crate::support::close(&app).await;
    elsewhere.close().await;
}

#[tokio::test]
async fn commands_can_be_pasted_and_hold_no_token() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "us-west-2");
    Pusher::new(&app, &dev).await.create("team/app").await;
    let request = GetClientCommands {
        repository: repository(&dev, "team/app"),
        tag: Some("42".into()),
        digest: Some(format!("sha256:{}", "a".repeat(64))),
    };
    let commands = app.client_commands(request.clone()).await.unwrap();
    let host = app.repository(request.repository.clone()).await.unwrap().uri;
    let host = host.split('/').next().unwrap();
    let names: Vec<_> = commands.clients.iter().map(|client| client.client.as_str()).collect();
    assert_eq!(names, ["docker", "podman", "skopeo", "crane", "oras", "helm", "nerdctl"]);
    // Charts have no names of their own in a command of helm.
    for client in commands.clients.iter().filter(|client| client.client != "helm") {
        assert_eq!(client.login, format!("longshore login {host} --client {}", client.client));
        assert!(client.login_with_aws.contains("--region us-west-2 --endpoint-url http://127.0.0.1:"));
        assert!(client.push.contains(&format!("{host}/team/app:42")));
        assert!(client.pull.contains(&format!("{host}/team/app@sha256:aaaa")));
    }
    let token = client(&app, &dev).token().await.unwrap();
    assert!(!format!("{commands:?}").contains(token.password()));
    let wrong = GetClientCommands { tag: Some("x".repeat(129)), ..request };
    assert_eq!(app.client_commands(wrong).await.unwrap_err().field.as_deref(), Some("tag"));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_window_is_told_first_what_runs() {
    let directory = tempfile::tempdir().unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    let mut events = app.subscribe();
    assert_eq!(events.next().await, Some(AppEvent::Snapshot { runs: Vec::new() }));
    assert_eq!(app.snapshot().await.unwrap(), AppEvent::Snapshot { runs: Vec::new() });
    app.start_sandbox().await.unwrap();
    assert_eq!(events.next().await, Some(AppEvent::Accounts));
    crate::support::close(&app).await;
    while events.next().await.is_some() {}
}

#[tokio::test]
async fn a_region_that_is_taken_off_an_account_is_listed_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (west, east) = (registry(DEV, "us-west-2"), registry(DEV, "us-east-2"));
    for (key, name) in [(&west, "stays"), (&east, "goes")] {
        Pusher::new(&app, key).await.create(name).await;
    }
    app.refresh(Scope::default()).await.unwrap();
    let all = ListRepositories { limit: 10, ..Default::default() };
    assert_eq!(names(&app, all.clone()).await, ["goes", "stays"]);
    let dev = app.accounts().await.unwrap().remove(0);
    let request = UpdateAccount {
        hosts: None,
        terraform_state: None,
        confirm: None,
        space: dev.space,
        id: dev.id,
        name: dev.name,
        environment: dev.environment,
        colour: dev.colour,
        regions: vec!["us-west-2".into()],
    };
    app.update_account(request).await.unwrap();
    assert_eq!(names(&app, all).await, ["stays"]);
    let search = Search { scope: Scope::default(), text: "goes".into(), limit: 10 };
    assert_eq!(app.search(search).await.unwrap().total, 0);
    crate::support::close(&app).await;
}
