//! How far away the sandbox seems: every request is delayed by the switch `round-trip`.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State as Extracted},
    middleware::{self, Next},
    response::Response,
};

use crate::state::State;

/// A router whose requests are delayed.
pub(crate) fn far(router: Router, state: &Arc<State>) -> Router {
    router.layer(middleware::from_fn_with_state(state.clone(), late))
}

async fn late(Extracted(state): Extracted<Arc<State>>, request: Request, next: Next) -> Response {
    let round_trip = state.switches().round_trip;
    if !round_trip.is_zero() {
        tokio::time::sleep(round_trip).await;
    }
    next.run(request).await
}
