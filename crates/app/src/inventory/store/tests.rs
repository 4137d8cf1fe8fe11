use longshore_ecr::{ImageStatus, ReplicationState as State, ReplicationStatus};
use longshore_names::{Digest, RegistryId};

use super::*;
use crate::{
    accounts::{Accounts, AccountsThen},
    api::{AccountKey, Space},
    db::Db,
};

fn registry() -> RegistryKey {
    RegistryKey {
        space: Space::Sandbox,
        account: "111122223333".parse().unwrap(),
        region: "us-west-2".parse().unwrap(),
    }
}

fn key(name: &str) -> RepositoryKey {
    RepositoryKey { registry: registry(), repository: name.into() }
}

fn named(name: &str, created: i64) -> Repository {
    Repository {
        name: name.parse().unwrap(),
        arn: String::new(),
        uri: format!("127.0.0.1:4511/{name}"),
        created_at: DateTime::from_timestamp(created, 0),
        tag_mutability: TagMutability::MUTABLE,
        scan_on_push: false,
        encryption: EcrEncryption::Aes256,
    }
}

fn digest(number: usize) -> Digest {
    format!("sha256:{number:064x}").parse().unwrap()
}

fn image(number: usize, tags: &[&str]) -> ImageDetail {
    ImageDetail {
        digest: digest(number),
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        size: Some(1_000),
        pushed_at: DateTime::from_timestamp(1_700_000_000, 0),
        media_type: Some("application/vnd.oci.image.manifest.v1+json".into()),
        artifact_media_type: None,
        last_pulled_at: None,
        subject: None,
        status: ImageStatus::Active,
        archived_at: None,
        activated_at: None,
    }
}

fn look(began: DateTime<Utc>, ended: DateTime<Utc>) -> Look {
    Look { began, ended, accounts: AccountsThen::default() }
}

/// A read that took no time.
fn now() -> Look {
    let now = Utc::now();
    look(now, now)
}

async fn write(db: &Db, found: Vec<ImageDetail>) -> bool {
    db.write(move |tx| images(tx, &key("app"), &found, &now())).await.unwrap()
}

async fn tags(db: &Db) -> Vec<(String, String)> {
    db.read(|tx| {
        let mut statement =
            tx.prepare("SELECT t.tag, i.digest FROM tag t JOIN image i ON i.key = t.image ORDER BY t.tag")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
    .await
    .unwrap()
}

async fn with_repository(directory: &tempfile::TempDir) -> Db {
    let db = Db::open(directory.path()).unwrap();
    db.write(|tx| {
        let sql = r#"INSERT INTO account (space, id, name, environment, colour, regions, source, position)
                     VALUES ('sandbox', '111122223333', 'Dev', 'dev', '#2563eb', '["us-west-2"]', '{"source":"sandbox"}', 1)"#;
        Ok(tx.execute(sql, [])?)
    })
    .await
    .unwrap();
    let found = vec![named("app", 1)];
    assert!(db.write(move |tx| repositories(tx, &registry(), &found, &now())).await.unwrap());
    db
}

#[tokio::test]
async fn twenty_thousand_images_are_written_at_once_and_looked_at_again_without_writing() {
    let directory = tempfile::tempdir().unwrap();
    let db = with_repository(&directory).await;
    let found: Vec<_> = (0..20_000).map(|number| image(number, &[&format!("build-{number}")])).collect();
    assert!(write(&db, found.clone()).await);
    assert!(!write(&db, found.clone()).await, "nothing has changed");
    let known = db.read(|tx| super::super::repositories::one(tx, &key("app"))).await.unwrap().unwrap();
    assert_eq!((known.images, known.bytes), (Some(20_000), Some(20_000_000)));
    assert!(write(&db, found[..19_999].to_vec()).await);
    assert_eq!(tags(&db).await.len(), 19_999);
}

#[tokio::test]
async fn a_tag_moves_between_images_that_both_changed() {
    let directory = tempfile::tempdir().unwrap();
    let db = with_repository(&directory).await;
    assert!(write(&db, vec![image(1, &["a", "latest"]), image(2, &["b"])]).await);
    assert!(write(&db, vec![image(1, &["a"]), image(2, &["b", "latest"])]).await);
    let expected: Vec<_> = [("a", 1), ("b", 2), ("latest", 2)]
        .map(|(tag, number)| (tag.to_owned(), digest(number).to_string()))
        .into();
    assert_eq!(tags(&db).await, expected);
    assert!(write(&db, vec![image(1, &["latest"]), image(2, &["a", "b"])]).await);
    assert_eq!(tags(&db).await[2], ("latest".to_owned(), digest(1).to_string()));
}

#[tokio::test]
async fn a_repository_made_again_under_its_name_begins_empty() {
    let directory = tempfile::tempdir().unwrap();
    let db = with_repository(&directory).await;
    write(&db, vec![image(1, &["a"])]).await;
    let again = vec![named("app", 2)];
    assert!(db.write(move |tx| repositories(tx, &registry(), &again, &now())).await.unwrap());
    assert!(tags(&db).await.is_empty());
    let known = db.read(|tx| super::super::repositories::one(tx, &key("app"))).await.unwrap().unwrap();
    assert_eq!(known.images, None);
    assert!(db.write(move |tx| repositories(tx, &registry(), &[], &now())).await.unwrap());
    assert!(db.read(|tx| super::super::repositories::one(tx, &key("app"))).await.unwrap().is_none());
}

#[tokio::test]
async fn only_what_is_another_status_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let db = with_repository(&directory).await;
    write(&db, vec![image(1, &["a"])]).await;
    let status = |state: State| ReplicationStatus {
        destination: RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap()),
        state,
        failure_code: None,
    };
    let put = async |found: Vec<ReplicationStatus>| {
        let (changes, _) = db.write(move |tx| statuses(tx, 1, &found, Utc::now())).await.unwrap();
        changes.into_iter().map(|change| change.before).collect::<Vec<_>>()
    };
    assert_eq!(put(vec![status(State::InProgress)]).await, [None]);
    assert_eq!(put(vec![status(State::InProgress)]).await, []);
    assert_eq!(put(vec![status(State::Complete)]).await, [Some(ReplicationState::InProgress)]);
    assert_eq!(put(Vec::new()).await, []);
    assert_eq!(put(vec![status(State::Complete)]).await, [None]);
}

#[tokio::test]
async fn an_image_that_ecr_does_not_replicate_is_called_that_once_ecr_has_had_time() {
    let directory = tempfile::tempdir().unwrap();
    let db = with_repository(&directory).await;
    write(&db, vec![image(1, &["a"])]).await;
    let accounts = Accounts::load(db.clone()).await.unwrap();
    let rule = r#"{"rules": [{"destinations": [
            {"region": "us-west-2", "registryId": "444455556666"},
            {"region": "eu-west-1", "registryId": "444455556666"}],
        "repositoryFilters": [{"filter": "ap", "filterType": "PREFIX_MATCH"}]}]}"#;
    let rules = async |text: &'static str| {
        let sql = "UPDATE registry SET replication = ?1, replication_read = 1";
        db.write(move |tx| Ok(tx.execute(sql, [text])?)).await.unwrap();
    };
    let missing = async || {
        let view = rows::StatusView::new(accounts.clone());
        let digest = digest(1).to_string();
        let row =
            db.read(move |tx| super::super::images::one(tx, &key("app"), &digest, &view)).await.unwrap();
        let places = row.unwrap().not_replicated.into_iter();
        places.map(|place| place.region.to_string()).collect::<Vec<_>>()
    };
    let ask = async |after: i64, found: Vec<ReplicationStatus>| {
        let at = DateTime::from_timestamp(1_700_000_000 + after, 0).unwrap();
        db.write(move |tx| statuses(tx, 1, &found, at)).await.unwrap().1
    };
    rules(rule).await;
    assert!(missing().await.is_empty(), "its status was never read");
    db.write(|tx| Ok(tx.execute("UPDATE image SET changed = NULL", [])?)).await.unwrap();
    assert!(!ask(60, Vec::new()).await);
    assert!(missing().await.is_empty(), "ECR may not have begun");
    assert!(ask(180, Vec::new()).await, "windows receive an event");
    assert!(!ask(200, Vec::new()).await, "once");
    assert_eq!(missing().await, ["eu-west-1", "us-west-2"]);
    let status = ReplicationStatus {
        destination: RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap()),
        state: State::Complete,
        failure_code: None,
    };
    ask(220, vec![status]).await;
    assert_eq!(missing().await, ["eu-west-1"]);
    rules(
        r#"{"rules": [{"destinations": [{"region": "eu-west-1", "registryId": "444455556666"}],
        "repositoryFilters": [{"filter": "other", "filterType": "PREFIX_MATCH"}]}]}"#,
    )
    .await;
    assert!(missing().await.is_empty(), "no rule takes its repository");
}

#[tokio::test]
async fn a_pushed_image_does_not_go_again_when_an_earlier_look_ends_later() {
    let directory = tempfile::tempdir().unwrap();
    let db = with_repository(&directory).await;
    let put = async |found: Vec<ImageDetail>, began: i64, ended: i64| {
        let at = |ms| DateTime::from_timestamp_millis(1_800_000_000_000 + ms).unwrap();
        let look = look(at(began), at(ended));
        db.write(move |tx| images(tx, &key("app"), &found, &look)).await.unwrap()
    };
    let (before, after) = (vec![image(1, &["a"])], vec![image(1, &["a"]), image(2, &["b"])]);
    assert!(put(after.clone(), 50, 60).await);
    assert!(!put(before.clone(), 10, 70).await, "it began before the push");
    assert_eq!(tags(&db).await.len(), 2);
    assert!(put(before, 80, 90).await, "deleted since");
    assert_eq!(tags(&db).await.len(), 1);
    // The clock was set back: the stored data seems to come from the future and is replaced.
    assert!(put(after, 20, 30).await);
    assert_eq!(tags(&db).await.len(), 2);
}

/// Writes the result of a read; returns whether it was accepted.
async fn taken(db: &Db, key: RegistryKey, look: Look) -> bool {
    let (found, problem) = (vec![named("app", 1)], ApiError::internal("too late"));
    let list = {
        let (key, look) = (key.clone(), look.clone());
        db.write(move |tx| repositories(tx, &key, &found, &look)).await.unwrap()
    };
    let said = db.write(move |tx| registry_problem(tx, &key, &problem, &look)).await.unwrap();
    assert_eq!(list, said);
    let rows: u32 =
        db.read(|tx| Ok(tx.query_row("SELECT count(*) FROM registry", [], |row| row.get(0))?)).await.unwrap();
    assert_eq!(rows > 0, list);
    list
}

#[tokio::test]
async fn an_account_and_a_region_that_were_removed_are_not_brought_back_by_a_look_under_way() {
    let directory = tempfile::tempdir().unwrap();
    let db = with_repository(&directory).await;
    let accounts = Accounts::load(db.clone()).await.unwrap();
    let under_way = || Look { accounts: accounts.then(), ..now() };
    let mut dev = accounts.find(Space::Sandbox, registry().account.as_str()).unwrap();

    let look = under_way();
    dev.account.regions = vec!["eu-west-1".into()];
    accounts.put(dev.clone()).await.unwrap();
    assert!(!taken(&db, registry(), look).await);
    // A deliberate read that starts later is accepted.
    assert!(taken(&db, registry(), under_way()).await);

    let look = under_way();
    accounts.remove(AccountKey { space: Space::Sandbox, id: dev.account.id }).await.unwrap();
    assert!(!taken(&db, registry(), look).await);
    assert!(!taken(&db, registry(), under_way()).await);
}
