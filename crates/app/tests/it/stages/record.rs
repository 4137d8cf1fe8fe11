//! The record: append-only, verified, and asked about earlier times.

use longshore_app::api::{PromotionsAt, Space, VerifyPromotions};
use rusqlite::Connection;

use super::{promote, record, set_up, to_production};
use crate::{steps::make, support::with_sandbox};

fn whole(end: Option<String>) -> VerifyPromotions {
    VerifyPromotions { space: Space::Sandbox, end }
}

/// The database without what keeps the record whole, as someone who forges it would open it.
fn forged(app: &longshore_app::App) -> Connection {
    let connection = Connection::open(app.data_directory().join("longshore.db")).unwrap();
    let off = "DROP TRIGGER promotion_record_kept; DROP TRIGGER promotion_record_whole;";
    connection.execute_batch(off).unwrap();
    connection
}

#[tokio::test]
async fn an_altered_a_cut_and_a_rewritten_history_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    to_production(&app, "1.4.0").await;
    to_production(&app, "1.4.1").await;
    let end = app.verify_promotions(whole(None)).await.unwrap();
    assert_eq!((end.entries, end.anchored), (4, Some(4)));
    let noted = format!("{}:{}", end.entries, end.hash);
    assert_eq!(app.verify_promotions(whole(Some(noted))).await.unwrap().entries, 4);
    assert_eq!(
        app.verify_promotions(whole(Some("4".into()))).await.unwrap_err().code,
        "promotion-record-end"
    );

    // Rows are only added to.
    let connection = Connection::open(app.data_directory().join("longshore.db")).unwrap();
    assert!(connection.execute("DELETE FROM promotion_record WHERE sequence = 4", []).is_err());
    assert!(connection.execute("UPDATE promotion_record SET entry = ''", []).is_err());
    drop(connection);
    let connection = forged(&app);
    let row: String = connection
        .query_row("SELECT entry FROM promotion_record WHERE sequence = 2", [], |row| row.get(0))
        .unwrap();
    let put = |text: &str| {
        connection.execute("UPDATE promotion_record SET entry = ?1 WHERE sequence = 2", [text]).unwrap();
    };
    put(&row.replacen("1.4.0", "1.4.9", 1));
    let error = app.verify_promotions(whole(None)).await.unwrap_err();
    assert_eq!(error.code, "promotion-record-broken");
    assert!(error.message.contains("entry 2"), "{error:?}");
    put(&row);
    app.verify_promotions(whole(None)).await.unwrap();
    // The end is cut off: the keychain knows it.
    connection.execute("DELETE FROM promotion_record WHERE sequence = 4", []).unwrap();
    let error = app.verify_promotions(whole(None)).await.unwrap_err();
    assert!(error.message.contains("it was anchored, and is gone"), "{error:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_was_in_production_at_a_time_is_answered_from_the_record() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (older, newer) = set_up(&app).await;
    to_production(&app, "1.4.0").await;
    let between = record(&app).await[0].at;
    make(&app, promote("staging", "1.4.1")).await;
    make(&app, promote("production", "1.4.1")).await;
    let digest = async |at| {
        let found = app.promotions_at(PromotionsAt { space: Space::Sandbox, at }).await.unwrap();
        let production = found.into_iter().find(|one| one.stage.as_deref() == Some("production"));
        production.and_then(|one| one.digest)
    };
    assert_eq!(digest(between).await, Some(older));
    assert_eq!(digest(chrono::Utc::now()).await, Some(newer));
    assert_eq!(digest(chrono::DateTime::UNIX_EPOCH).await, None);
    crate::support::close(&app).await;
}
