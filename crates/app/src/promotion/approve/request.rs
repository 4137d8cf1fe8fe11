//! Writing requests, and approving those of others.

use chrono::TimeDelta;
use longshore_promotion::{
    Person,
    approval::{ApprovalStatement, Envelope, PromotionRequest, RequestError},
    gate::EntryPoint,
};
use rusqlite::{OptionalExtension, params};

use crate::{
    App,
    api::{
        ApiError, ApprovePromotion, OpenedPromotionRequest, PromotionFile, RequestPromotion, Side, Space,
        WrittenApproval, WrittenPromotionRequest,
    },
    db::to_ms,
    promotion::{Wish, evaluate, known_path, record::checked_reason, world::World},
};

/// How long a request lasts, if its writer does not say.
const LASTS: TimeDelta = TimeDelta::days(7);
/// The longest that it may last, in hours.
const LONGEST: u32 = 24 * 90;

impl App {
    /// Writes a request to promote a build, which another person approves on their own computer. It names the
    /// plan as it would be now.
    ///
    /// # Errors
    /// As planning the promotion; `promotion-request-time`.
    pub async fn request_promotion(
        &self,
        request: RequestPromotion,
    ) -> Result<WrittenPromotionRequest, ApiError> {
        let RequestPromotion { space, path, stage, service, build, tag, reason, hours } = request;
        let reason = reason.map(|reason| checked_reason(&reason)).transpose()?;
        let lasts = match hours {
            None => LASTS,
            Some(hours @ 1..=LONGEST) => TimeDelta::hours(i64::from(hours)),
            Some(_) => {
                let text = format!("A request lasts 1 to {LONGEST} hours.");
                return Err(ApiError::input("promotion-request-time", "hours", text));
            }
        };
        let path = known_path(self, space, &path).await?;
        let mut world = World::new(self, space).await?;
        let wish = Wish {
            stage,
            service,
            build,
            tag,
            override_reason: None,
            approvals: Vec::new(),
            entry: EntryPoint::Manual,
            reason: None,
        };
        let evaluated = evaluate(&mut world, &path, &wish).await?;
        let plan = &evaluated.plan;
        let tag = plan.destinations.first().and_then(|one| one.tags.first()).map(|(tag, _)| tag.clone());
        let request = PromotionRequest {
            longshore: PromotionRequest::KIND.to_owned(),
            path: plan.path.clone(),
            path_hash: plan.path_hash.clone(),
            stage: plan.stage.clone(),
            service: Some(plan.service.clone()),
            digest: plan.digest.clone(),
            tag,
            plan_hash: plan.hash(),
            requested_by: evaluated.by.clone(),
            created: self.now(),
            expires: self.now() + lasts,
            reason,
        };
        let (hash, text, now) = (request.hash(), request.write(), self.now());
        let (kept_hash, kept) = (hash.clone(), text.clone());
        self.db
            .write(move |tx| {
                tx.execute(
                    "INSERT OR REPLACE INTO promotion_request (space, hash, text, at) VALUES (?1, ?2, ?3, ?4)",
                    params![space.word(), kept_hash, kept, to_ms(now)],
                )?;
                Ok(())
            })
            .await?;
        Ok(WrittenPromotionRequest { hash, text, request: opened(&request) })
    }

    /// What a request's file asks for. Nothing proves who wrote it.
    ///
    /// # Errors
    /// `promotion-request-shape`, `promotion-request-changed`, `promotion-request-too-large`.
    pub async fn open_promotion_request(
        &self,
        file: PromotionFile,
    ) -> Result<OpenedPromotionRequest, ApiError> {
        Ok(opened(&read(&file.text)?))
    }

    /// Approves a request with a key of this computer's person.
    ///
    /// # Errors
    /// As [`open_promotion_request`](Self::open_promotion_request); `promotion-request-expired`,
    /// `promotion-own-request`, `promotion-key-unknown`; errors of the keychain.
    pub async fn approve_promotion(&self, request: ApprovePromotion) -> Result<WrittenApproval, ApiError> {
        let asked = read(&request.text)?;
        let now = self.now();
        if asked.expires <= now {
            let text = format!("The request ended at {}.", asked.expires.format("%Y-%m-%d %H:%M UTC"));
            return Err(ApiError::new("promotion-request-expired", Side::Input, text));
        }
        let (person, pair) = self.signing_key(request.key.as_deref()).await?;
        let own = self.written(request.space, &asked.hash()).await?.is_some();
        if own || person.is_same(&asked.requested_by) {
            let text = "The requester cannot approve their own request.";
            return Err(ApiError::new("promotion-own-request", Side::Input, text));
        }
        let statement = ApprovalStatement::of(&asked, person.clone(), now);
        let signature = pair.sign(&Envelope::signed_bytes(&statement));
        let envelope = Envelope::new(&statement, person.to_string(), signature.as_ref());
        Ok(WrittenApproval { text: envelope.write(), approver: person.to_string(), request: opened(&asked) })
    }

    /// A request that was written here.
    pub(super) async fn written(
        &self,
        space: Space,
        hash: &str,
    ) -> Result<Option<PromotionRequest>, ApiError> {
        let hash = hash.to_owned();
        let text: Option<String> = self
            .db
            .read(move |tx| {
                let sql = "SELECT text FROM promotion_request WHERE space = ?1 AND hash = ?2";
                Ok(tx.query_row(sql, params![space.word(), hash], |row| row.get(0)).optional()?)
            })
            .await?;
        text.as_deref().map(read).transpose()
    }
}

/// Reads the file of a request.
fn read(text: &str) -> Result<PromotionRequest, ApiError> {
    PromotionRequest::read(text).map_err(|error| refused(&error))
}

pub(super) fn refused(error: &RequestError) -> ApiError {
    let text = format!("{}.", longshore_names::capital(&error.to_string()));
    ApiError::input(error.code(), "file", text).hint(error.hint())
}

fn opened(request: &PromotionRequest) -> OpenedPromotionRequest {
    let person: &Person = &request.requested_by;
    OpenedPromotionRequest {
        hash: request.hash(),
        path: request.path.to_string(),
        stage: request.stage.to_string(),
        service: request.service.as_ref().map(ToString::to_string),
        digest: request.digest.to_string(),
        tag: request.tag.as_ref().map(ToString::to_string),
        plan_hash: request.plan_hash.clone(),
        requested_by: person.to_string(),
        created: request.created,
        expires: request.expires,
        reason: request.reason.clone(),
    }
}
