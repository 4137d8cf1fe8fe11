//! The data plane: the OCI distribution API of each registry, with ECR's ways.

mod access;
mod blobs;
mod drain;
mod error;
mod layers;
mod lists;
mod manifests;
mod uploads;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State as Extracted},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use longshore_names::{Digest, RegistryId, RepositoryName, Tag};

pub(crate) use layers::{download_url, router as layer_router};

use self::{drain::Shared, error::DataError};
use crate::{
    access::policy::Principal,
    counters::LiveCounters,
    images::create_on_push,
    replication::distance,
    state::{Registry, Repository, State},
    writes::Written,
};

const DIGEST_HEADER: HeaderName = HeaderName::from_static("docker-content-digest");
const VERSION_HEADER: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// The router of one registry's listener.
pub(crate) fn router(state: Arc<State>, registry: RegistryId) -> Router {
    let router = Router::new().fallback(handle).with_state((state.clone(), registry));
    distance::far(router, &state)
}

/// A request whose sender is known.
struct Call {
    state: Arc<State>,
    registry: Arc<Registry>,
    principal: Principal,
    parts: Parts,
    query: HashMap<String, String>,
}

impl Call {
    /// The repository, if the caller may do `action` on it.
    fn repository(&self, name: &RepositoryName, action: &'static str) -> Result<Arc<Repository>, DataError> {
        self.admit(name, action)?;
        let found = self.registry.repository(name);
        found.ok_or_else(|| DataError::repository(name, &self.registry.id))
    }

    /// As [`Call::repository`], for a push: it creates the repository if a template says so.
    async fn repository_to_push(
        &self,
        name: &RepositoryName,
        action: &'static str,
    ) -> Result<Arc<Repository>, DataError> {
        self.admit(name, action)?;
        let found = create_on_push::find(&self.state, &self.registry, &self.principal, name).await;
        let found = found.map_err(|error| DataError::internal(&error))?;
        found.ok_or_else(|| DataError::repository(name, &self.registry.id))
    }

    fn admit(&self, name: &RepositoryName, action: &'static str) -> Result<(), DataError> {
        let operation = action.trim_start_matches("ecr:");
        let now = self.state.clock.now();
        if !self.state.admits(&self.registry, operation, now) {
            return Err(DataError::throttled());
        }
        access::permit(&self.state, &self.registry, &self.principal, action, Some(name))
    }

    /// Notes what this request changed.
    fn wrote(
        &self,
        operation: &'static str,
        repository: &RepositoryName,
        tag: Option<&Tag>,
        digest: &Digest,
    ) {
        self.state.writes.note(Written {
            operation,
            registry: self.registry.id.clone(),
            repository: Some(repository.clone()),
            tag: tag.cloned(),
            digest: Some(digest.clone()),
            principal: self.principal.arn.clone(),
            policy: None,
        });
    }

    /// An absolute address on this registry, under the name that the client uses for it, so that
    /// its credentials still belong there.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host().unwrap_or(&self.registry.host))
    }

    /// The name, with its port, that the client uses for this registry.
    fn host(&self) -> Option<&str> {
        self.parts.headers.get(header::HOST).and_then(|host| host.to_str().ok())
    }
}

async fn handle(Extracted((state, id)): Extracted<(Arc<State>, RegistryId)>, request: Request) -> Response {
    let head = request.method() == Method::HEAD;
    let (parts, body) = request.into_parts();
    let body = Shared::new(body);
    let mut response = match answer(state, &id, Request::from_parts(parts, body.body())).await {
        Ok(response) => response,
        Err(error) => {
            body.drain().await;
            error.into_response()
        }
    };
    response.headers_mut().insert(VERSION_HEADER, HeaderValue::from_static("registry/2.0"));
    if head && !response.status().is_success() {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn answer(state: Arc<State>, id: &RegistryId, request: Request) -> Result<Response, DataError> {
    let registry = state.registry(id).ok_or_else(DataError::not_found)?;
    if state.switches().regions_down.contains(&id.region) {
        return Err(DataError::unavailable());
    }
    LiveCounters::add(&registry.counters.requests, 1);
    let (parts, body) = request.into_parts();
    let path = urlencoding::decode(parts.uri.path()).map_err(|_| DataError::not_found())?.into_owned();
    if path != "/v2" && !path.starts_with("/v2/") {
        return Err(DataError::not_found());
    }
    let principal = access::authenticate(&state, &registry, &parts.headers)?;
    let query = access::query(parts.uri.query())?;
    let call = Call { state, registry, principal, parts, query };
    let rest = path.strip_prefix("/v2").unwrap_or_default().trim_start_matches('/');
    dispatch(call, rest, body).await
}

async fn dispatch(call: Call, rest: &str, body: Body) -> Result<Response, DataError> {
    let method = call.parts.method.clone();
    let reads = matches!(method, Method::GET | Method::HEAD);
    if rest.is_empty() {
        return if reads { Ok(json(StatusCode::OK, "{}".to_owned())) } else { Err(DataError::method()) };
    }
    if rest == "_catalog" {
        return if reads { lists::catalog(&call) } else { Err(DataError::method()) };
    }
    if let Some(name) = rest.strip_suffix("/tags/list") {
        return if reads { lists::tags(&call, &parse(name)?) } else { Err(DataError::method()) };
    }
    if let Some((name, id)) =
        rest.rsplit_once("/blobs/uploads/").or_else(|| Some((rest.strip_suffix("/blobs/uploads")?, "")))
    {
        return uploads::dispatch(&call, &parse(name)?, id, body).await;
    }
    if let Some((name, digest)) = rest.rsplit_once("/blobs/") {
        return blobs::dispatch(&call, &parse(name)?, digest);
    }
    if let Some((name, reference)) = rest.rsplit_once("/manifests/") {
        return manifests::dispatch(&call, &parse(name)?, reference, body).await;
    }
    if let Some((name, digest)) = rest.rsplit_once("/referrers/") {
        return if reads { lists::referrers(&call, &parse(name)?, digest) } else { Err(DataError::method()) };
    }
    Err(DataError::not_found())
}

fn parse(name: &str) -> Result<RepositoryName, DataError> {
    RepositoryName::for_input(name).ok().filter(|parsed| parsed.as_str() == name).ok_or_else(|| {
        DataError::parameter(
            "repositoryName",
            "must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'",
        )
    })
}

fn json(status: StatusCode, text: String) -> Response {
    let mut response = (status, Body::from(text)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A response without a body.
fn empty(status: StatusCode, headers: &[(HeaderName, String)]) -> Response {
    let mut response = status.into_response();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name.clone(), value);
        }
    }
    response
}
