//! Only what was shown is deleted, and nothing that arrived since.

use longshore_app::api::{PlanRequest, RegistryKey, RepositoryKey, RunState};

use super::{
    World, registry,
    stand_in::{REPLICAS, Repository},
};
use crate::steps::{make, try_to};

fn image(number: u8, tags: &[&str], index: bool) -> (String, Vec<String>, bool) {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    (format!("sha256:{}", format!("{number:02x}").repeat(32)), tags, index)
}

fn delete() -> PlanRequest {
    let repository = RepositoryKey { registry: registry(), repository: "app".into() };
    PlanRequest::DeleteRepository { repository, with_images: true }
}

#[tokio::test]
async fn an_image_that_arrives_while_its_repository_is_deleted_stops_the_deletion_and_is_named() {
    let world = World::new().await;
    world.ecr.has(Repository {
        images: vec![image(1, &["1"], false), image(2, &[], false)],
        arrives: Some(image(3, &["hotfix"], false)),
        ..Repository::default()
    });

    let view = try_to(&world.app, delete()).await;

    let error = view.error.unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert!(error.message.contains("`hotfix`"), "{error:?}");
    assert!(error.hint.unwrap().contains("2 images"));
    let left = world.ecr.repository();
    assert_eq!(left.images, [image(3, &["hotfix"], false)]);
    assert!(!left.gone && !left.deletions.iter().any(|what| what.starts_with("repository")), "{left:?}");
    world.app.close().await;
}

#[tokio::test]
async fn an_image_that_arrives_while_replicas_are_cleaned_up_stays_with_its_repository() {
    let world = World::new().await;
    world.ecr.has(Repository {
        images: vec![image(1, &["1"], false)],
        arrives: Some(image(2, &["hotfix"], false)),
        ..Repository::default()
    });
    let replicas = RegistryKey { region: REPLICAS.parse().unwrap(), ..registry() };
    let clean_up = PlanRequest::CleanUp {
        source: registry(),
        rule: None,
        source_repositories: Vec::new(),
        destination_repositories: vec![RepositoryKey { registry: replicas, repository: "app".into() }],
        statements: Vec::new(),
    };

    let view = try_to(&world.app, clean_up).await;

    let left = world.ecr.repository();
    assert_eq!(left.images, [image(2, &["hotfix"], false)]);
    assert!(!left.gone && !left.deletions.iter().any(|what| what.contains("forced")), "{left:?}");
    let error = view.error.unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "repository-not-empty"));
    world.app.close().await;
}

#[tokio::test]
async fn a_repository_is_deleted_without_force_after_its_images_indexes_first() {
    let world = World::new().await;
    let mut images: Vec<_> = (1..=120).map(|number| image(number, &[], false)).collect();
    images.push(image(200, &["latest"], true));
    world.ecr.has(Repository { images, ..Repository::default() });

    let view = make(&world.app, delete()).await;

    assert_eq!(view.steps[0].result.as_deref(), Some("deleted with 121 images"));
    let left = world.ecr.repository();
    assert!(left.gone);
    assert_eq!(left.deletions[0], image(200, &[], true).0);
    assert_eq!(left.deletions.last().map(String::as_str), Some("repository"));
    assert_eq!(left.deletions.len(), 122, "each image once");
    world.app.close().await;
}
