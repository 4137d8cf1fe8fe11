//! The listener's front: verifies the signature, then hands the call to its service.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{Method, Request, StatusCode, header, request::Parts};
use longshore_names::Region;
use serde_json::Value;
use uuid::Uuid;

use crate::control::{
    beside::sts::{self, StsContext},
    beside::{account, assume, cloudformation, kms, toolbox},
    iam, operations,
    wire::body::read_body,
    wire::call::Call,
    wire::error::{ApiError, ApiResult, json_response, xml_response},
    wire::form::Form,
    wire::members::{Members, parse_input},
    wire::recorder,
    wire::signing::caller::Caller,
    wire::signing::sessions::Session,
    wire::signing::sigv4::{AuthFailure, Claim, SignedRequest},
    wire::xml::Element,
};
use crate::{
    files,
    iam::Entity,
    replication::distance,
    state::{KeyUse, State},
    writes,
};

/// A layer part of 20 MiB in base64 with room for the rest of the input.
const MAX_BODY: usize = 29 * 1024 * 1024;
/// Names the members of an accepted request that the sandbox did not read, so that a test can
/// compare them with the documents.
const UNREAD: &str = "x-sandbox-unread";
const TARGET_PREFIX: &str = "AmazonEC2ContainerRegistry_V20150921.";

/// What every request shares.
struct Control {
    state: Arc<State>,
}

/// The control plane's routes. The caller adds the checks that every listener of the sandbox makes
/// first (loopback `Host`, no browser `Origin`).
pub(crate) fn router(state: Arc<State>) -> Router {
    let control = Arc::new(Control { state: state.clone() });
    distance::far(Router::new().fallback(answer).with_state(control), &state)
}

/// Every response carries the time here, so that a client with a wrong clock learns it.
async fn answer(Shared(control): Shared<Arc<Control>>, request: Request<Body>) -> Response {
    let clock = control.state.clock.clone();
    let mut response = answer_at_any_time(control, request).await;
    let now = clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(now) = now.parse() {
        response.headers_mut().insert(header::DATE, now);
    }
    response
}

async fn answer_at_any_time(control: Arc<Control>, request: Request<Body>) -> Response {
    let request_id = Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)).to_string();
    let (parts, body) = request.into_parts();
    if let (&Method::GET, Some(id)) = (&parts.method, parts.uri.path().strip_prefix(toolbox::PATH)) {
        return match control.toolbox(&parts, body, id).await {
            Ok(output) => json_response(StatusCode::OK, &output, &request_id),
            Err(error) => error.into_json(&request_id),
        };
    }
    if parts.method == Method::POST && parts.uri.path() == account::PATH {
        return match control.list_regions(&parts, body).await {
            Ok(output) => json_response(StatusCode::OK, &output, &request_id),
            Err(error) => error.into_json(&request_id),
        };
    }
    if parts.uri.path() != "/" {
        return StatusCode::NOT_FOUND.into_response();
    }
    if parts.method != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response();
    }
    if is_form(&parts) {
        let service = QueryService::of(&parts);
        match control.query(service, &parts, body, &request_id).await {
            Ok((document, unread)) => {
                let response = xml_response(StatusCode::OK, &document, service.namespace(), &request_id);
                with_unread(response, unread)
            }
            Err(error) => error.into_xml(service.namespace(), &request_id),
        }
    } else {
        match control.json(&parts, body).await {
            Ok((output, unread)) => with_unread(json_response(StatusCode::OK, &output, &request_id), unread),
            Err(error) => error.into_json(&request_id),
        }
    }
}

impl Control {
    /// IAM Toolbox: restJson1.
    async fn toolbox(&self, parts: &Parts, body: Body, id: &str) -> ApiResult<Value> {
        let now = self.state.clock.now();
        let (caller, _) =
            self.authenticate(parts, body, "iam", now).await?.map_err(|e| ApiError::json_auth(&e))?;
        toolbox::details(id, &self.state, &caller)
    }

    /// Account Management: restJson1.
    async fn list_regions(&self, parts: &Parts, body: Body) -> ApiResult<Value> {
        let now = self.state.clock.now();
        let (caller, body) =
            self.authenticate(parts, body, "account", now).await?.map_err(|e| ApiError::json_auth(&e))?;
        account::list_regions(&parse_input(&body)?, &self.state, &caller)
    }

    /// ECR, and KMS: awsJson1.1. Returns the output, and the members of the input that had no effect.
    async fn json(&self, parts: &Parts, body: Body) -> ApiResult<(Value, BTreeSet<String>)> {
        let now = self.state.clock.now();
        let target =
            parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let of_kms = target.strip_prefix(kms::TARGET_PREFIX);
        let service = if of_kms.is_some() { "kms" } else { "ecr" };
        let (caller, body) =
            self.authenticate(parts, body, service, now).await?.map_err(|e| ApiError::json_auth(&e))?;
        if let Some(operation) = of_kms {
            let output = kms::call(operation, &parse_input(&body)?, &self.state, &caller)?;
            return Ok((output, BTreeSet::new()));
        }
        let registry = self
            .state
            .registry(&caller.registry())
            .filter(|registry| registry.opted_in.load(std::sync::atomic::Ordering::Relaxed))
            .ok_or_else(|| ApiError::json_auth(&AuthFailure::UnknownKey))?;
        let operation = target.strip_prefix(TARGET_PREFIX).and_then(operations::known).ok_or_else(|| {
            ApiError::new("UnknownOperationException", format!("The sandbox has no operation '{target}'."))
        })?;
        if !self.state.admits(&registry, operation, now) {
            return Err(ApiError::new("ThrottlingException", "Rate exceeded"));
        }
        let input = parse_input(&body)?;
        let call = Call { state: self.state.clone(), caller, registry, operation, now };
        call.check_on_registry()?;
        let members = Members::root(&input);
        let rewrites_policy =
            operation.ends_with("RegistryPolicy") || operation.ends_with("RepositoryPolicy");
        let policy = || match operation.ends_with("RepositoryPolicy") {
            true => {
                let (_, repository) = call.repository(&members).ok()?;
                repository.read(|state| state.settings.policy.clone())
            }
            false => call.registry.document().policy.clone(),
        };
        let before = rewrites_policy.then(policy).flatten();
        let outcome = operations::run(&call, &members).await;
        if let Ok(output) = &outcome {
            let principal = call.principal().arn;
            for mut written in writes::of_call(operation, &call.registry.id, &principal, &input, output) {
                if rewrites_policy {
                    written.policy = Some([before.clone(), policy()]);
                }
                self.state.writes.note(written);
            }
        }
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let answer = outcome.as_ref().map_err(|error| error.code);
        recorder::record(operation, &input, answer, agent.unwrap_or_default());
        let code = outcome.as_ref().err().map_or("ok", |error| error.code);
        tracing::debug!(operation, registry = %call.registry.id, code, "call");
        outcome.map(|output| (output, members.unread()))
    }

    /// STS, CloudFormation and IAM: AWS Query.
    async fn query(
        &self,
        service: QueryService,
        parts: &Parts,
        body: Body,
        request_id: &str,
    ) -> ApiResult<(Element, BTreeSet<String>)> {
        let now = self.state.clock.now();
        let (caller, body) = self
            .authenticate(parts, body, service.name(), now)
            .await?
            .map_err(|e| ApiError::query_auth(&e))?;
        let form = Form::parse(&body);
        if service == QueryService::Iam {
            let (state, id) = (self.state.clone(), request_id.to_owned());
            return files::blocking(move || iam::call(&form, &state, &caller, now, &id)).await;
        }
        if service == QueryService::CloudFormation {
            let state = self.state.clone();
            let stack = files::blocking(move || state.stack()).await.map_err(|e| ApiError::server(&e))?;
            let document = cloudformation::call(&form, &caller, stack.as_ref(), request_id)?;
            return Ok((document, form.unread()));
        }
        let context = StsContext {
            caller: &caller,
            key: &self.state.signing_key,
            now,
            assumable: &|wanted| assume::assumable(&self.state, &caller, wanted),
            remember_path: &|role, path| self.state.planted.set_path(role, path),
        };
        let document = sts::call(&form, &context, request_id)?;
        Ok((document, form.unread()))
    }

    /// The caller and the body, once the signature has been verified. The outer error is about the
    /// body, the inner one about the signature.
    async fn authenticate(
        &self,
        parts: &Parts,
        body: Body,
        service: &str,
        now: DateTime<Utc>,
    ) -> ApiResult<Result<(Caller, Bytes), AuthFailure>> {
        let claim = match Claim::read(&parts.headers) {
            Ok(claim) => claim,
            Err(failure) => return Ok(Err(failure)),
        };
        // Unknown callers are refused before they can send 29 MiB.
        let (caller, secret) = match self.caller(&claim, now) {
            Ok(found) => found,
            Err(failure) => return Ok(Err(failure)),
        };
        if self.state.switches().regions_down.contains(&caller.region) {
            return Err(ApiError::unavailable());
        }
        let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
        let (body, payload_hash) = read_body(body, announced.unwrap_or_default(), MAX_BODY).await?;
        let request = SignedRequest {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            payload_hash: &payload_hash,
        };
        if let Err(failure) = claim.verify(&secret, &request, now) {
            return Ok(Err(failure));
        }
        if claim.service != service {
            let text = format!("Credential should be scoped to correct service: '{service}'. ");
            return Ok(Err(AuthFailure::Signature(text)));
        }
        let used = KeyUse { at: now, service: claim.service, region: claim.region };
        let mut uses = self.state.key_uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.insert(claim.access_key_id, used);
        drop(uses);
        Ok(Ok((caller, body)))
    }

    /// Whose access key it is, and the secret that belongs to it.
    fn caller(&self, claim: &Claim, now: DateTime<Utc>) -> Result<(Caller, String), AuthFailure> {
        let region: Option<Region> = claim.region.parse().ok();
        let known = |region: &Region| region.partition().regions().contains(&region.as_str());
        let region = region.filter(known).ok_or_else(|| {
            AuthFailure::Signature("Credential should be scoped to a valid Region. ".to_owned())
        })?;
        if let Some(token) = &claim.session_token {
            let (session, secret) = Session::open(&self.state.signing_key, token, &claim.access_key_id, now)?;
            let user = self.holder(&session).ok_or(AuthFailure::UnknownKey)?;
            return Ok((Caller::of_session(session, region, user), secret));
        }
        let credential = self.state.credential(&claim.access_key_id).ok_or(AuthFailure::UnknownKey)?;
        let caller = Caller::of_user(credential.account, region, credential.user);
        Ok((caller, credential.secret_access_key))
    }

    /// The user whose session it is, if there is one; `None` when its user, role or account is gone.
    fn holder(&self, session: &Session) -> Option<Option<Entity>> {
        let document = self.state.iam(&session.account)?.document();
        match (&session.role, &session.user) {
            (Some(role), _) => {
                let created = document.roles.get(&role.role).map(|found| &found.id);
                let same = match &role.id {
                    Some(id) => created == Some(id),
                    None => !document.deleted_roles.contains(&role.role),
                };
                same.then_some(None)
            }
            (None, Some(name)) => document.users.get(name).cloned().map(Some),
            (None, None) => Some(None),
        }
    }
}

fn with_unread(mut response: Response, unread: BTreeSet<String>) -> Response {
    let names = unread.into_iter().take(64).collect::<Vec<_>>().join(" ");
    // A name that no header can carry is not a member of the model.
    if let Ok(names) = header::HeaderValue::from_str(&names)
        && !names.is_empty()
    {
        response.headers_mut().insert(UNREAD, names);
    }
    response
}

/// A service that speaks AWS Query. The signature names it; a request that names neither is answered as by STS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QueryService {
    Sts,
    CloudFormation,
    Iam,
}

impl QueryService {
    fn of(parts: &Parts) -> Self {
        match Claim::read(&parts.headers) {
            Ok(claim) if claim.service == "cloudformation" => Self::CloudFormation,
            Ok(claim) if claim.service == "iam" => Self::Iam,
            _ => Self::Sts,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::CloudFormation => "cloudformation",
            Self::Iam => "iam",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Sts => sts::NAMESPACE,
            Self::CloudFormation => cloudformation::NAMESPACE,
            Self::Iam => iam::NAMESPACE,
        }
    }
}

fn is_form(parts: &Parts) -> bool {
    let kind =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// A time as awsJson1.1 writes it: seconds since 1970 with milliseconds.
pub(in crate::control) fn timestamp(time: DateTime<Utc>) -> Value {
    Value::from(time.timestamp_millis() as f64 / 1000.0)
}
