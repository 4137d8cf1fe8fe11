//! How bytes move: places, pauses, limits, parts, several destinations.

mod mending;
mod parts;
mod places;
mod steering;
mod tee;
mod verifying;
