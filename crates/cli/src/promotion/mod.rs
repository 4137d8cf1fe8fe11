//! `longshore path`, `promote`, `rollback`, `hold`, `resume`, `block`, `unblock`, `approve` and `promotion`.

mod approvals;
pub(crate) mod arguments;
mod export;
mod holds;
mod path;
mod promote;
mod record;

use chrono::{DateTime, NaiveDate, Utc};

pub(crate) use approvals::{approve, keys, request};
pub(crate) use holds::{block, hold, resume, unblock};
pub(crate) use path::run as path;
pub(crate) use promote::{promote, rollback};

use self::arguments::{Promotion, PromotionCommand};
use crate::{failure::Failure, manage::Managed};

/// Runs `longshore promotion …`.
pub(crate) async fn promotion(options: Promotion) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| match options.command {
            PromotionCommand::Request { path, image, to, tag, file, reason, hours } => {
                request(managed, (path, &image, to), tag, &file, (reason, hours)).await
            }
            PromotionCommand::List(wanted) => record::list(managed, wanted).await,
            PromotionCommand::Show { entry } => record::show(managed, entry).await,
            PromotionCommand::Verify { end } => record::verify(managed, end).await,
            PromotionCommand::Export { at, path, stage, format } => {
                export::run(managed, at.as_deref(), (path, stage), format).await
            }
            PromotionCommand::Key { command } => keys(managed, command).await,
        })
        .await
}

/// A service and its build, from `SERVICE`, `SERVICE:TAG` or `SERVICE@DIGEST`.
fn image(text: &str) -> (String, Option<String>) {
    if let Some((service, digest)) = text.split_once('@') {
        return (service.to_owned(), Some(digest.to_owned()));
    }
    match text.split_once(':') {
        Some((service, tag)) => (service.to_owned(), Some(tag.to_owned())),
        None => (text.to_owned(), None),
    }
}

/// A time as a person writes it: a date, which begins at midnight UTC, or a time with its zone.
fn moment(text: &str) -> Result<DateTime<Utc>, Failure> {
    let date = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    let moment = date.map(|date| date.and_utc()).or_else(|| text.parse().ok());
    moment.ok_or_else(|| {
        let shown = longshore_names::shown(text, 40);
        Failure::Usage(format!(
            "`{shown}` is not a date such as 2026-11-30, or a time such as 2026-11-30T12:00:00Z."
        ))
    })
}
