//! Tags that are put only where that is allowed: the cost, and that it is no pull.

use longshore_ecr::{EcrClient, EcrConfig, EcrEndpoint};
use longshore_names::RegistryId;
use longshore_registry::{Error, Manifest, RegistryErrorKind, Sink, Tagged};

use super::world::{DEV, World, by_tag, image, name, push, siblings, tag};

async fn put_all(dev: &EcrEndpoint, manifests: &[Manifest]) -> Vec<Result<Tagged, Error>> {
    let puts = manifests.iter().enumerate().map(|(number, manifest)| async move {
        dev.push_tag(&name("app"), manifest, &tag(&number.to_string()), None).await
    });
    futures::future::join_all(puts).await
}

#[tokio::test]
async fn new_tags_are_asked_for_together_and_taken_ones_stay_without_a_pull_of_the_others() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let image = image("leave ");
    push(&dev, &repository, &image, None).await;
    let manifests = siblings(&image, 40);
    let theirs = siblings(&image, 41).pop().unwrap();
    dev.client().put_image(&repository, &theirs, Some(&tag("7"))).await.unwrap();
    dev.client().put_image(&repository, &manifests[8], Some(&tag("8"))).await.unwrap();
    dev.client().put_image(&repository, &theirs, Some(&tag("other"))).await.unwrap();

    let put = put_all(&dev, &manifests).await;

    assert!(
        matches!(&put[7], Err(Error { kind: RegistryErrorKind::TagTaken { existing, .. }, .. }) if *existing == theirs.digest)
    );
    assert!(matches!(put[8], Ok(Tagged::There)));
    assert_eq!(put.iter().filter(|put| matches!(put, Ok(Tagged::Put))).count(), 38);
    let details = dev.client().describe_images(&repository, &[by_tag("7")]).await.unwrap();
    assert_eq!(details[0].digest, theirs.digest, "it stayed");
    let calls = dev.client().calls();
    assert_eq!((calls.of("PutImage"), calls.of("DescribeImages")), (1 + 3 + 38, 1));
    let asked = calls.of("BatchGetImage");
    assert!((1..=12).contains(&asked), "ten a second share one question: {asked}");
    let pulled = dev.client().describe_images(&repository, &[by_tag("0")]).await.unwrap();
    assert_eq!(pulled[0].last_pulled_at, None, "what is new is not pulled by being asked for");
}

#[tokio::test]
async fn an_image_is_replaced_only_by_leave_and_without_a_pull() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let image = image("replaced ");
    push(&dev, &repository, &image, Some(&tag("1"))).await;
    let [new, newer] = &siblings(&image, 2)[..] else { unreachable!() };
    let over = |manifest: &Manifest| manifest.digest.clone();

    let (old, one) = (over(&image.manifest), tag("1"));
    let put = dev.push_tag(&repository, newer, &one, Some(&over(new))).await;
    assert!(matches!(put, Err(Error { kind: RegistryErrorKind::TagTaken { .. }, .. })), "{put:?}");
    assert_eq!(dev.push_tag(&repository, new, &one, Some(&old)).await.unwrap(), Tagged::Put);
    assert_eq!(dev.client().calls().of("BatchGetImage"), 0, "an existing tag is described");
}

#[tokio::test]
async fn an_image_that_is_replaced_is_not_pulled_by_questions_for_new_tags_beside_it() {
    let world = World::start().await;
    let dev = world.endpoint(DEV).await;
    let repository = name("app");
    dev.ensure_repository(&repository).await.unwrap();
    let image = image("beside ");
    push(&dev, &repository, &image, None).await;
    let manifests = siblings(&image, 30);
    let old = siblings(&image, 31).pop().unwrap();
    let replaced: Vec<_> = (0..10).map(|number| tag(&format!("old-{number}"))).collect();
    for tag in &replaced {
        dev.client().put_image(&repository, &old, Some(tag)).await.unwrap();
    }

    let moves = manifests[20..].iter().zip(&replaced);
    let moves = moves.map(|(to, tag)| dev.push_tag(&repository, to, tag, Some(&old.digest)));
    let (new, moved) = futures::join!(put_all(&dev, &manifests[..20]), futures::future::join_all(moves));

    assert!(new.iter().chain(&moved).all(|put| matches!(put, Ok(Tagged::Put))), "{new:?} {moved:?}");
    let images = dev.client().images(&repository, longshore_ecr::ImageScope::Any).await.unwrap();
    let pulled: Vec<_> = images.iter().filter(|image| image.last_pulled_at.is_some()).collect();
    assert!(pulled.is_empty(), "{pulled:?}");
}

/// One principal in two Regions: a token of one is not valid in the other.
#[tokio::test]
async fn two_regions_have_a_token_each_and_two_accounts_of_one_region_share_theirs() {
    let world = World::start().await;
    let config = world.config(DEV, &super::world::registry(DEV));
    let other = RegistryId::new(DEV.parse().unwrap(), "us-east-2".parse().unwrap());
    let (west, east) =
        (EcrClient::new(config.clone()), EcrClient::new(EcrConfig { registry: other, ..config }));
    for _ in 0..3 {
        let (one, two) = (west.token().await.unwrap(), east.token().await.unwrap());
        assert_ne!(one.password(), two.password());
    }
    let sibling = west.for_account(super::world::PROD.parse().unwrap(), None);
    assert_eq!(sibling.token().await.unwrap().password(), west.token().await.unwrap().password());
    let tokens = |client: &EcrClient| client.calls().of("GetAuthorizationToken");
    assert_eq!((tokens(&west), tokens(&east), tokens(&sibling)), (1, 1, 1));
}
