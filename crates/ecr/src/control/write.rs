//! Writes that replace something as a whole, where ECR has no version to compare.
//!
//! A request without a response may have been carried out, may still be, or may never have arrived.
//! Sent again blindly, it could erase a change that was written in between, and read back as ours.
//! So each request is sent once; before it is sent again, the current content is read.

use std::{future::Future, time::Duration};

use aws_smithy_types::retry::RetryConfig;
use rand::Rng;
use tokio::time::sleep;

use crate::{Call, EcrError, EcrErrorKind};

/// Tries of one write, the first included.
const TRIES: u32 = 4;
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The fate of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It never left this machine.
    NotSent,
    /// The service refused it, or it was not sent because of the current content.
    Refused,
    /// It was sent, and whether it was carried out is not known.
    Unknown,
    /// It was carried out.
    Written,
}

impl Fate {
    /// Whether nothing can have been replaced.
    pub fn left_everything(self) -> bool {
        matches!(self, Self::NotSent | Self::Refused)
    }
}

/// How long and how often a write reads its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteTiming {
    /// How many reads may still show the former content: ECR's reads lag some seconds behind its
    /// writes.
    pub looks: u32,
    /// The interval between two reads.
    pub look: Duration,
    /// Upper bound of the wait before the second try; it doubles with every further one.
    pub wait: Duration,
}

impl Default for WriteTiming {
    fn default() -> Self {
        Self { looks: 20, look: Duration::from_millis(500), wait: Duration::from_millis(500) }
    }
}

/// How the content that was read relates to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// It is the content that is written.
    Ours,
    /// It is the content that is written, with later changes of another client.
    OursAndMore,
    /// It is the content that is to be replaced.
    Former,
    /// There is no content, although there was some before and the write has some.
    Nothing,
    /// It is none of these.
    Other,
}

/// Something that is read and replaced as a whole.
pub(crate) trait Replace: Sync {
    /// The content.
    type Content: Send;

    /// The write.
    fn call(&self) -> &Call;
    /// Reads the current content; may be repeated.
    fn read(&self) -> impl Future<Output = Result<Self::Content, EcrError>> + Send;
    /// Sends the write once.
    fn put(&self) -> impl Future<Output = Result<(), EcrError>> + Send;
    /// Whether the new content means something other than the former content.
    fn changes(&self) -> bool;
    /// How `found` relates to the write.
    fn stands(&self, found: &Self::Content) -> Stands;
    /// The error for content that is neither the former nor the new one, with nothing acknowledged.
    fn changed(&self, found: Self::Content) -> EcrError;
    /// Whether `found` still has the change of another client that made `earlier` out of the written
    /// content.
    fn keeps(&self, _found: &Self::Content, _earlier: &Self::Content) -> bool {
        false
    }
    /// The error for content that replaced an acknowledged write.
    fn lost(&self, found: Self::Content) -> EcrError;
}

/// Switches the SDK's own retries off.
pub(crate) fn once() -> aws_sdk_ecr::config::Builder {
    aws_sdk_ecr::Config::builder().retry_config(RetryConfig::disabled())
}

/// Whether the same request may be sent again after this failure, once the current content was
/// read.
pub(crate) fn may_go_again(error: &EcrError, tries: u32) -> bool {
    match error {
        // From here on the SDK signs with the service's time, which each response contains.
        EcrError { kind: EcrErrorKind::ClockSkew, .. } => tries == 1,
        error => tries < TRIES && (error.is_retryable() || error.fate() == Fate::Unknown),
    }
}

/// A wait before try `tries + 1`, so that requests that were refused together do not return
/// together.
pub(crate) fn wait(timing: &WriteTiming, tries: u32) -> Duration {
    let bound = timing.wait.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST_WAIT);
    bound.mul_f64(rand::rng().random_range(0.5..=1.0))
}

/// Marks an error as one after an earlier request that may have been carried out.
pub(crate) fn unconfirmed(call: &Call, cause: EcrError) -> EcrError {
    if let EcrErrorKind::Unconfirmed { .. } = cause.kind {
        return cause;
    }
    EcrErrorKind::Unconfirmed { cause: Box::new(cause) }.of(call.clone())
}

/// Replaces the content, and returns what is read back.
///
/// Reads immediately before every request. After a failure: with the new content there, it is done;
/// with the former content still there, it tries again; with any other, it is *changed elsewhere*.
pub(crate) async fn replace<R: Replace>(what: &R, timing: &WriteTiming) -> Result<R::Content, EcrError> {
    let found = before(what, timing).await.map_err(not_sent)?;
    match what.stands(&found) {
        Stands::Ours => return Ok(found),
        Stands::Former => {}
        _ => return Err(what.changed(found)),
    }
    // Requests without a response: each may still be carried out.
    let mut unanswered = 0;
    let mut tries = 0;
    loop {
        let Err(error) = what.put().await else { return read_back(what, timing, unanswered > 0).await };
        tries += 1;
        unanswered += u32::from(error.fate() == Fate::Unknown);
        let open = unanswered > 0;
        let call = what.call();
        let told = |error: EcrError| if open { unconfirmed(call, error) } else { error };
        if !open && !may_go_again(&error, tries) {
            return Err(error);
        }
        let found = if open {
            watch(what, timing).await
        } else {
            sleep(wait(timing, tries)).await;
            what.read().await
        };
        let Ok(found) = found else { return Err(told(error)) };
        match what.stands(&found) {
            // One of them was carried out; another one could still be.
            Stands::Ours | Stands::OursAndMore if unanswered > 1 => {
                return read_back(what, timing, true).await;
            }
            Stands::Ours => return Ok(found),
            Stands::OursAndMore if open => return Ok(found),
            Stands::Former if may_go_again(&error, tries) => {
                tracing::debug!(operation = call.operation, code = error.code(), tries, "writing again");
            }
            Stands::Former => return Err(told(error)),
            _ => return Err(told(what.changed(found))),
        }
    }
}

/// Reads the current content before anything is sent. A read that returns the new content may lag
/// behind a change that has just replaced it, so it is repeated for a while, unless nothing is to
/// change.
async fn before<R: Replace>(what: &R, timing: &WriteTiming) -> Result<R::Content, EcrError> {
    let mut looks = timing.looks / 2;
    loop {
        let found = what.read().await?;
        if looks == 0 || !what.changes() || what.stands(&found) != Stands::Ours {
            return Ok(found);
        }
        looks -= 1;
        sleep(timing.look).await;
    }
}

/// An error that keeps a write from being sent is no failure of the write.
pub(crate) fn not_sent(error: EcrError) -> EcrError {
    match error.fate() {
        Fate::Unknown => {
            let call = error.call.clone();
            EcrErrorKind::NotSent { cause: Box::new(error) }.of(call)
        }
        _ => error,
    }
}

/// Reads after a request without a response, until its result is seen or as long as a read may lag.
/// If there was no content before the result, another client has probably deleted it, and the request
/// was carried out over that: then the missing content is returned.
async fn watch<R: Replace>(what: &R, timing: &WriteTiming) -> Result<R::Content, EcrError> {
    let (mut deleted, mut looks) = (None, 0);
    loop {
        sleep(timing.look).await;
        let found = what.read().await?;
        looks += 1;
        let over = looks >= timing.looks;
        match what.stands(&found) {
            Stands::Nothing if !over => deleted = Some(found),
            Stands::Former if !over => {}
            Stands::Ours | Stands::OursAndMore => return Ok(deleted.unwrap_or(found)),
            _ => return Ok(found),
        }
    }
}

/// Reads after an acknowledged request. With an earlier one still `open` it continues to read: that
/// one could be carried out late, over what was written since.
async fn read_back<R: Replace>(what: &R, timing: &WriteTiming, open: bool) -> Result<R::Content, EcrError> {
    // What another client made of it, or that it deleted it.
    let (mut earlier, mut looks) = (Vec::new(), 0);
    loop {
        let found = match what.read().await {
            Ok(found) => found,
            Err(error) => return Err(unconfirmed(what.call(), error)),
        };
        let over = looks >= timing.looks;
        looks += 1;
        match what.stands(&found) {
            Stands::Ours | Stands::OursAndMore if !open => return Ok(found),
            Stands::Ours | Stands::OursAndMore if over => {
                return match earlier.into_iter().find(|earlier| !what.keeps(&found, earlier)) {
                    Some(lost) => Err(what.lost(lost)),
                    None => Ok(found),
                };
            }
            Stands::OursAndMore => earlier.push(found),
            Stands::Nothing if open && !over => earlier.push(found),
            Stands::Other => return Err(what.lost(found)),
            Stands::Nothing if over => return Err(what.lost(found)),
            Stands::Former if over => {
                let call = Box::new(what.call().clone());
                return Err(unconfirmed(what.call(), EcrErrorKind::NotVisible.of(call)));
            }
            Stands::Ours | Stands::Former | Stands::Nothing => {}
        }
        sleep(timing.look).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, sync::Mutex};

    use longshore_names::RegistryId;
    use serde_json::json;

    use super::*;
    use crate::{Document, control::documents};

    /// Reads and responds according to a script; the last read repeats.
    struct Script {
        call: Call,
        reads: Mutex<VecDeque<&'static str>>,
        puts: Mutex<VecDeque<Option<Answer>>>,
        sent: Mutex<u32>,
        changes: bool,
        looked: Mutex<u32>,
    }

    type Answer = fn(Box<Call>) -> EcrError;

    fn timeout(call: Box<Call>) -> EcrError {
        EcrErrorKind::Timeout.of(call)
    }

    fn throttled(call: Box<Call>) -> EcrError {
        EcrErrorKind::Throttled.of(call)
    }

    fn denied(call: Box<Call>) -> EcrError {
        EcrErrorKind::CredentialsExpired.of(call)
    }

    impl Script {
        fn new(reads: &[&'static str], puts: &[Option<Answer>]) -> Self {
            let registry = RegistryId::new("111122223333".parse().unwrap(), "us-west-2".parse().unwrap());
            let call = Call {
                registry,
                operation: "PutRegistryPolicy",
                repository: None,
                message: String::new(),
                request_id: None,
            };
            let reads = reads.iter().copied().collect();
            Self {
                call,
                reads: Mutex::new(reads),
                puts: Mutex::new(puts.to_vec().into()),
                sent: Mutex::new(0),
                changes: true,
                looked: Mutex::new(0),
            }
        }

        async fn run(&self) -> Result<&'static str, EcrError> {
            replace(self, &WriteTiming { looks: 3, ..WriteTiming::default() }).await
        }

        fn sent(&self) -> u32 {
            *self.sent.lock().unwrap()
        }
    }

    impl Replace for Script {
        type Content = &'static str;

        fn call(&self) -> &Call {
            &self.call
        }

        async fn read(&self) -> Result<&'static str, EcrError> {
            *self.looked.lock().unwrap() += 1;
            let mut reads = self.reads.lock().unwrap();
            let next = if reads.len() > 1 { reads.pop_front().unwrap() } else { reads[0] };
            match next {
                "denied" => Err(denied(Box::new(self.call.clone()))),
                found => Ok(found),
            }
        }

        async fn put(&self) -> Result<(), EcrError> {
            *self.sent.lock().unwrap() += 1;
            match self.puts.lock().unwrap().pop_front().flatten() {
                Some(error) => Err(error(Box::new(self.call.clone()))),
                None => Ok(()),
            }
        }

        fn changes(&self) -> bool {
            self.changes
        }

        fn stands(&self, found: &&'static str) -> Stands {
            match *found {
                "ours" => Stands::Ours,
                "ours+" | "ours*" => Stands::OursAndMore,
                "former" => Stands::Former,
                "none" => Stands::Nothing,
                _ => Stands::Other,
            }
        }

        fn changed(&self, found: &'static str) -> EcrError {
            documents::changed(&self.call, Document::RegistryPolicy, &json!("former"), json!(found))
        }

        fn keeps(&self, found: &&'static str, earlier: &&'static str) -> bool {
            found == earlier
        }

        fn lost(&self, found: &'static str) -> EcrError {
            documents::lost(&self.call, Document::RegistryPolicy, &json!("ours"), json!(found))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_end_of_a_write_has_its_fate() {
        type Puts<'a> = &'a [Option<Answer>];
        type Case<'a> = (&'a [&'static str], Puts<'a>, u32, Result<&'a str, (&'a str, Fate)>);
        let table: [Case<'_>; 20] = [
            (&["ours"], &[], 0, Ok("ours")),
            (&["other"], &[], 0, Err(("changed-elsewhere", Fate::Refused))),
            (&["denied"], &[], 0, Err(("credentials-expired", Fate::Refused))),
            (&["former", "ours"], &[None], 1, Ok("ours")),
            // Reads that lag are no lost update; another client's change to ours is none either.
            (&["former", "former", "none", "ours"], &[None], 1, Ok("ours")),
            (&["former", "ours+"], &[None], 1, Ok("ours+")),
            (&["former", "other"], &[None], 1, Err(("lost-update", Fate::Written))),
            (&["former", "former"], &[None], 1, Err(("outcome-unknown", Fate::Unknown))),
            (&["former", "denied"], &[None], 1, Err(("outcome-unknown", Fate::Unknown))),
            (&["former"], &[Some(denied)], 1, Err(("credentials-expired", Fate::Refused))),
            // Throttled: sent again while nothing has changed.
            (&["former", "former", "ours"], &[Some(throttled), None], 2, Ok("ours")),
            (&["former", "other"], &[Some(throttled)], 1, Err(("changed-elsewhere", Fate::Refused))),
            // No response: the content is read for a while before it is sent again.
            (&["former", "former", "ours"], &[Some(timeout)], 1, Ok("ours")),
            (&["former", "other"], &[Some(timeout)], 1, Err(("changed-elsewhere", Fate::Unknown))),
            (&["former", "former", "former", "former", "ours"], &[Some(timeout), None], 2, Ok("ours")),
            // The first request is carried out over another client's change to the second.
            (
                &["former", "former", "former", "former", "ours", "ours+", "ours"],
                &[Some(timeout), None],
                2,
                Err(("lost-update", Fate::Written)),
            ),
            // The same, and the other client has written something else by the end.
            (
                &["former", "former", "former", "former", "ours", "ours+", "ours*", "ours*"],
                &[Some(timeout), None],
                2,
                Err(("lost-update", Fate::Written)),
            ),
            (
                &["former", "former", "former", "former", "ours", "ours", "ours+", "ours+"],
                &[Some(timeout), None],
                2,
                Ok("ours+"),
            ),
            // Deleted by another client, and the request without a response is carried out over that.
            (&["former", "none", "ours"], &[Some(timeout)], 1, Err(("changed-elsewhere", Fate::Unknown))),
            (
                &["former", "former", "former", "former", "ours", "none", "ours"],
                &[Some(timeout), None],
                2,
                Err(("lost-update", Fate::Written)),
            ),
        ];
        for (reads, puts, sent, expected) in table {
            let script = Script::new(reads, puts);
            let ended = script.run().await;
            let shown = ended.as_ref().map(|found| *found).map_err(|error| (error.code(), error.fate()));
            assert_eq!((shown, script.sent()), (expected, sent), "{reads:?}");
        }
    }

    /// B was written over A, and A is restored: the first read lags and still shows A.
    #[tokio::test(start_paused = true)]
    async fn what_is_restored_within_seconds_is_written_although_the_first_read_still_shows_it() {
        let script = Script::new(&["ours", "former", "ours"], &[None]);
        assert_eq!((script.run().await.unwrap(), script.sent()), ("ours", 1));
        let script = Script::new(&["ours", "other"], &[]);
        assert_eq!(script.run().await.unwrap_err().code(), "changed-elsewhere");
        let script = Script::new(&["ours"], &[]);
        assert_eq!((script.run().await.unwrap(), script.sent()), ("ours", 0));
        assert_eq!(*script.looked.lock().unwrap(), 2);
        let script = Script { changes: false, ..Script::new(&["ours"], &[]) };
        assert_eq!((script.run().await.unwrap(), script.sent()), ("ours", 0));
        assert_eq!(*script.looked.lock().unwrap(), 1, "nothing is to change");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_is_never_answered_ends_as_unknown() {
        let script = Script::new(&["former"], &[Some(timeout as Answer); 9]);
        let error = script.run().await.unwrap_err();
        assert_eq!((error.code(), error.fate(), script.sent()), ("outcome-unknown", Fate::Unknown, TRIES));
        let script = Script::new(&["former"], &[Some(throttled as Answer); 9]);
        let error = script.run().await.unwrap_err();
        assert_eq!((error.code(), error.fate(), script.sent()), ("throttled", Fate::Refused, TRIES));
    }
}
