//! A copy of the command line writes what its plan lists, and nothing else.

use std::sync::Arc;

use longshore_app::{
    App, Ledger, MemoryStore,
    access::{EndpointOptions, Endpoints},
    transfer::{CopyOptions, RunEnd, plan_copy},
};

use crate::{
    steps::{create, digest_of},
    support::{DEV, PROD, Pusher, ledger, options, ready, registry},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_many_tags_writes_exactly_what_its_plan_lists() {
    let directory = tempfile::tempdir().unwrap();
    let written = Ledger::default();
    let mut options = options(&directory);
    options.ledger = Some(written.clone());
    let app = App::open(options).await.unwrap();
    app.start_sandbox().await.unwrap();
    let (dev, prod) = (registry(DEV, "us-west-2"), registry(PROD, "us-west-2"));
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("team/api").await;
    for tag in ["1", "2", "3", "4", "5"] {
        pusher.push("team/api", tag).await;
    }
    create(&app, &prod, "mirror").await;

    let host = |account: &str| {
        let listening = ready(&app).registries;
        let is_it = |known: &&longshore_sandbox::ReadyRegistry| {
            known.account.as_str() == account && known.region.as_str() == "us-west-2"
        };
        let url = listening.iter().find(is_it).unwrap().url.clone();
        url.trim_start_matches("http://").trim_end_matches('/').to_owned()
    };
    let location = |text: String| text.parse().unwrap();
    let what = CopyOptions::new(
        location(format!("{}/team/api", host(DEV))),
        location(format!("{}/mirror", host(PROD))),
    );
    let secrets = Arc::new(MemoryStore::default());
    let endpoints = Endpoints::new(EndpointOptions::new(Some(app.data_directory().to_owned()), secrets));
    let planned = plan_copy(&endpoints, &what).await.unwrap();
    assert_eq!(planned.plan.images.len(), 5);
    written.add_copy("copy", &planned.plan, None);
    let context = planned.context();
    let outcome = planned.run("copy".into(), context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert!(digest_of(&app, &prod, "mirror", "5").await.is_some());
    ledger::check(&app, None).await;
    // Each tag that the plan lists was put.
    let puts = app.sandbox_writes().await.into_iter().filter(|one| {
        one.operation == "PutImage" && one.repository.as_ref().is_some_and(|name| name.as_str() == "mirror")
    });
    let mut tags: Vec<String> = puts.filter_map(|one| one.tag.map(|tag| tag.to_string())).collect();
    tags.sort();
    assert_eq!(tags, ["1", "2", "3", "4", "5"]);
    crate::support::close(&app).await;
}
