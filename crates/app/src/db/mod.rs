//! `longshore.db`: SQLite in WAL mode, on blocking threads.

mod cost;
mod schema;

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use longshore_engine::private;
use rusqlite::{Connection, OpenFlags, Row, Transaction, TransactionBehavior, types::Type};

#[cfg(test)]
pub(crate) use schema::{CONTENT_USE, INVENTORY, KEPT_NAMES, KEPT_VERSIONS, OWNERS, RUNS, WROTE};

use crate::api::{ApiError, Side};

/// The file's name in the data directory.
pub(crate) const FILE: &str = "longshore.db";
/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(5);
/// Connections that stay open for reading.
const READERS: usize = 4;

/// The app's database: one writer, a few readers.
#[derive(Clone)]
pub(crate) struct Db(Arc<Inner>);

struct Inner {
    path: PathBuf,
    // Closed before the writer: a connection that only reads cannot remove the log's files when it
    // is the last.
    readers: Mutex<Vec<Connection>>,
    /// `None` if it was opened for reading only.
    writer: Option<Mutex<Connection>>,
}

impl Inner {
    fn writer(&self) -> Result<&Mutex<Connection>, ApiError> {
        let none = || ApiError::internal("The app's database is open for reading only.");
        self.writer.as_ref().ok_or_else(none)
    }
}

impl Db {
    /// Opens the database of a data directory, creates it if missing, and migrates it to the
    /// current schema. Blocks.
    ///
    /// # Errors
    /// `database-corrupt` names the file, which is left unchanged; `database-newer` when a newer
    /// Longshore wrote it; `data-directory-unwritable`, `disk-full`.
    pub(crate) fn open(directory: &Path) -> Result<Self, ApiError> {
        let path = directory.join(FILE);
        let writer = Self::prepare(&path).map_err(|error| named(error, &path))?;
        Ok(Self(Arc::new(Inner { path, writer: Some(Mutex::new(writer)), readers: Mutex::new(Vec::new()) })))
    }

    /// Opens the database of a data directory for reading; `None` when there is none. It is neither
    /// created nor migrated: the app does that. Blocks.
    ///
    /// # Errors
    /// As [`open`](Self::open), and `database-older` when an older Longshore wrote it.
    pub(crate) fn open_to_read(directory: &Path) -> Result<Option<Self>, ApiError> {
        let path = directory.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let opened = Self::reader(&path).and_then(|reader| {
            schema::check(&reader)?;
            Ok(reader)
        });
        let reader = opened.map_err(|error| named(error, &path))?;
        Ok(Some(Self(Arc::new(Inner { path, writer: None, readers: Mutex::new(vec![reader]) }))))
    }

    fn prepare(path: &Path) -> Result<Connection, ApiError> {
        private::make_file(path).map_err(|error| {
            let text = format!("The data directory cannot be written: {error}.");
            ApiError::new("data-directory-unwritable", Side::ThisMachine, text)
        })?;
        let mut connection = Connection::open(path)?;
        settings(&connection)?;
        // The first page is read before anything is written, so that a foreign file is left alone.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let intact: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if intact != "ok" {
            return Err(ApiError::new(
                "database-corrupt",
                Side::ThisMachine,
                "The app's database is damaged.",
            ));
        }
        // A database of a newer version is not changed.
        schema::refuse_newer(schema::version(&connection)?)?;
        write_ahead(&connection)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        schema::migrate(&mut connection)?;
        Ok(connection)
    }

    fn reader(path: &Path) -> Result<Connection, ApiError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        settings(&connection)?;
        Ok(connection)
    }

    /// Runs `work` in one transaction on a blocking thread; an error rolls it back.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, ApiError> + Send + 'static,
    {
        let inner = self.0.clone();
        blocking(move || through(&mut lock(inner.writer()?), work)).await
    }

    /// As [`write`](Self::write), and on disk when it returns: what is about to be replaced
    /// elsewhere must survive a power cut.
    pub(crate) async fn write_through<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, ApiError> + Send + 'static,
    {
        let inner = self.0.clone();
        blocking(move || {
            let mut connection = lock(inner.writer()?);
            connection.pragma_update(None, "synchronous", "FULL")?;
            let written = through(&mut connection, work);
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            written
        })
        .await
    }

    /// Merges everything into the one file, so that no other file holds data when the app is
    /// closed.
    pub(crate) async fn settle(&self) {
        let inner = self.0.clone();
        let settled = blocking(move || {
            Ok(lock(inner.writer()?).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
        });
        if let Err(error) = settled.await {
            tracing::warn!(code = error.code, "the database's log could not be merged");
        }
    }

    /// Runs `work` on a reader on a blocking thread; it sees one state of the database.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, ApiError> + Send + 'static,
    {
        let inner = self.0.clone();
        blocking(move || {
            let kept = lock(&inner.readers).pop();
            let mut connection = match kept {
                Some(connection) => connection,
                None => Self::reader(&inner.path)?,
            };
            let value = connection
                .transaction_with_behavior(TransactionBehavior::Deferred)
                .map_err(ApiError::from)
                .and_then(|transaction| work(&transaction));
            let mut readers = lock(&inner.readers);
            if readers.len() < READERS {
                readers.push(connection);
            }
            value
        })
        .await
    }
}

/// SQLite does not wait for another process when it changes the mode of a new file.
fn write_ahead(connection: &Connection) -> Result<(), ApiError> {
    let begun = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && begun.elapsed() < BUSY =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            changed => return Ok(changed?),
        }
    }
}

fn through<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn settings(connection: &Connection) -> Result<(), ApiError> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic inside a transaction has rolled it back; the connection is good.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ApiError::internal("A request to the app's database ended without a result."))?
}

/// Names the file in errors about it.
fn named(mut error: ApiError, path: &Path) -> ApiError {
    if error.side == Side::ThisMachine {
        error.message = format!("{} ({})", error.message.trim_end_matches('.'), path.display());
    }
    error
}

/// A column's text as a type of the field.
pub(crate) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A time as the database stores it: milliseconds since 1970, UTC.
pub(crate) fn to_ms(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

/// A time that the database stores.
pub(crate) fn from_ms(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// `text` as a pattern for `LIKE … ESCAPE '\'` that finds it anywhere.
pub(crate) fn like_anywhere(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_fails_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(directory.path()).unwrap();
        let failed: Result<(), _> = db
            .write(|tx| {
                tx.execute("INSERT INTO setting (name, value) VALUES ('a', '1')", [])?;
                Err(ApiError::internal("no"))
            })
            .await;
        assert!(failed.is_err());
        let count: u32 =
            db.read(|tx| Ok(tx.query_row("SELECT count(*) FROM setting", [], |r| r.get(0))?)).await.unwrap();
        assert_eq!(count, 0);
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(directory.path()).unwrap();
        let refused = db.read(|tx| Ok(tx.execute("DELETE FROM setting", [])?)).await;
        assert_eq!(refused.unwrap_err().code, "data-directory-unwritable");
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        std::fs::write(&path, b"this is no database, but somebody's file".repeat(40)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Db::open(directory.path()).err().unwrap();
        assert_eq!(error.code, "database-corrupt");
        assert!(error.message.contains("longshore.db"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        drop(Db::open(directory.path()).unwrap());
        let connection = Connection::open(directory.path().join(FILE)).unwrap();
        connection.pragma_update(None, "user_version", 9_999).unwrap();
        drop(connection);
        assert_eq!(Db::open(directory.path()).err().unwrap().code, "database-newer");
    }

    #[tokio::test]
    async fn a_closed_database_is_one_file() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(directory.path()).unwrap();
        db.read(|tx| Ok(tx.query_row("SELECT count(*) FROM setting", [], |_| Ok(()))?)).await.unwrap();
        drop(db);
        let left: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, [FILE]);
    }

    #[test]
    fn many_first_starts_at_once_all_work() {
        for _ in 0..20 {
            let directory = tempfile::tempdir().unwrap();
            let starts: Vec<_> = (0..6)
                .map(|_| {
                    let path = directory.path().to_owned();
                    std::thread::spawn(move || Db::open(&path).map(drop))
                })
                .collect();
            for start in starts {
                start.join().unwrap().unwrap();
            }
        }
    }

    #[tokio::test]
    async fn who_only_reads_makes_nothing_and_migrates_nothing() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Db::open_to_read(directory.path()).unwrap().is_none());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        drop(Db::open(directory.path()).unwrap());
        let path = directory.path().join(FILE);
        let db = Db::open_to_read(directory.path()).unwrap().unwrap();
        db.read(|tx| Ok(tx.query_row("SELECT count(*) FROM setting", [], |_| Ok(()))?)).await.unwrap();
        assert_eq!(db.write(|_| Ok(())).await.unwrap_err().code, "internal");
        drop(db);
        for (version, code) in [(1, "database-older"), (9_999, "database-newer")] {
            let connection = Connection::open(&path).unwrap();
            connection.pragma_update(None, "user_version", version).unwrap();
            let error = Db::open_to_read(directory.path()).err().unwrap();
            assert_eq!(error.code, code);
            assert!(error.message.contains(FILE) && error.hint.is_some(), "{error:?}");
            let left: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
            assert_eq!(left, version);
        }
    }

    #[test]
    fn runs_of_an_earlier_version_keep_their_progress_and_their_rule() {
        let directory = tempfile::tempdir().unwrap();
        drop(Db::open(directory.path()).unwrap());
        let connection = Connection::open(directory.path().join(FILE)).unwrap();
        let engine = r#"{"engine":{"rule":"a1","name":"mirror","scheduled":true,"counts":{"images":3}}}"#;
        for (id, view) in [("old", engine), ("plain", "{}")] {
            let put = "INSERT INTO runs (id, started, active, plan, view) VALUES (?1, '', 0, '{}', ?2)";
            connection.execute(put, [id, view]).unwrap();
        }
        let account = "INSERT INTO account (space, id, name, environment, colour, regions, source, position)
            VALUES ('aws', '1', 'Dev', 'dev', '#000000', '[]', 'keychain', 1)";
        connection.execute(account, []).unwrap();
        // What later steps add.
        let without = "DROP TABLE stored_sample; DROP TABLE promotion_path; DROP TABLE promotion_record; DROP TABLE promotion_seen; DROP TABLE promotion_request; DROP TABLE promotion_key; DROP TABLE promotion_trust; DROP TABLE protected_image; DROP TABLE own_read; ALTER TABLE repository DROP COLUMN policies_read; ALTER TABLE repository DROP COLUMN lifecycle; ALTER TABLE repository DROP COLUMN policy; DROP TABLE pair_look; ALTER TABLE account DROP COLUMN roles; ALTER TABLE kept_version DROP COLUMN name; ALTER TABLE image DROP COLUMN status_read; DROP TABLE document_owner; DROP TABLE rule_name; ALTER TABLE account DROP COLUMN terraform_state; ALTER TABLE account DROP COLUMN hosts; ALTER TABLE account DROP COLUMN endpoint; ALTER TABLE runs DROP COLUMN owner; DROP TABLE request; DROP TABLE unlocked; DROP TABLE permit;";
        connection.execute_batch(without).unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        drop(connection);
        drop(Db::open(directory.path()).unwrap());
        let connection = Connection::open(directory.path().join(FILE)).unwrap();
        let view = |id: &str| -> serde_json::Value {
            let select = "SELECT view FROM runs WHERE id = ?1";
            let text: String = connection.query_row(select, [id], |row| row.get(0)).unwrap();
            serde_json::from_str(&text).unwrap()
        };
        let old = view("old");
        assert_eq!(old["rule"], serde_json::json!({"id": "a1", "name": "mirror", "scheduled": true}));
        assert_eq!(old["transfer"]["counts"]["images"], 3);
        assert!(old.get("engine").is_none());
        assert_eq!(view("plain"), serde_json::json!({}));
        let source: String =
            connection.query_row("SELECT source FROM account", [], |row| row.get(0)).unwrap();
        assert_eq!(source, r#"{"source":"keychain"}"#);
    }

    #[test]
    fn the_vpc_endpoint_of_an_earlier_version_is_that_of_its_region() {
        let directory = tempfile::tempdir().unwrap();
        drop(Db::open(directory.path()).unwrap());
        let connection = Connection::open(directory.path().join(FILE)).unwrap();
        let address = "https://vpce-0a1-b2.api.ecr.us-west-2.vpce.amazonaws.com";
        let with = format!(r#"{{"fips":true,"dualStack":false,"vpcEndpoint":"{address}"}}"#);
        for (id, hosts) in [
            ("1", Some(with.as_str())),
            ("2", Some(r#"{"fips":false,"dualStack":true,"vpcEndpoint":null}"#)),
            ("3", None),
        ] {
            let account =
                "INSERT INTO account (space, id, name, environment, colour, regions, source, position, hosts)
                VALUES ('aws', ?1, 'Dev', 'dev', '#000000', '[]', '{}', 1, ?2)";
            connection.execute(account, rusqlite::params![id, hosts]).unwrap();
        }
        let later = "DROP TABLE promotion_path; DROP TABLE promotion_record; DROP TABLE promotion_seen; DROP TABLE promotion_request; DROP TABLE promotion_key; DROP TABLE promotion_trust;";
        connection.execute_batch(later).unwrap();
        connection.pragma_update(None, "user_version", 18).unwrap();
        drop(connection);
        drop(Db::open(directory.path()).unwrap());
        let connection = Connection::open(directory.path().join(FILE)).unwrap();
        let hosts = |id: &str| -> Option<crate::api::AccountHosts> {
            let select = "SELECT hosts FROM account WHERE id = ?1";
            let text: Option<String> = connection.query_row(select, [id], |row| row.get(0)).unwrap();
            text.map(|text| serde_json::from_str(&text).unwrap())
        };
        let one = hosts("1").unwrap();
        assert_eq!((one.fips, one.vpc_endpoints["us-west-2"].as_str()), (true, address));
        let none = hosts("2").unwrap();
        assert_eq!((none.dual_stack, none.vpc_endpoints.len()), (true, 0));
        assert_eq!(hosts("3"), None);
    }

    #[test]
    fn like_patterns_are_literal() {
        assert_eq!(like_anywhere("a_b%c\\"), "%a\\_b\\%c\\\\%");
    }

    #[tokio::test]
    async fn what_is_about_to_be_replaced_is_flushed_to_disk_and_other_writes_are_not() {
        fn mode(tx: &Transaction<'_>) -> Result<u32, ApiError> {
            Ok(tx.pragma_query_value(None, "synchronous", |row| row.get(0))?)
        }
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(directory.path()).unwrap();
        let (normal, full) = (1, 2);
        assert_eq!(db.write(mode).await.unwrap(), normal);
        assert_eq!(db.write_through(mode).await.unwrap(), full);
        assert_eq!(db.write(mode).await.unwrap(), normal, "as before");
        let failed = db.write_through(|_| Err::<(), _>(ApiError::internal("no"))).await;
        assert!(failed.is_err());
        assert_eq!(db.write(mode).await.unwrap(), normal, "after a failure too");
    }
}
