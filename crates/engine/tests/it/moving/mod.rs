//! How bytes move: places, pauses, limits, parts, several destinations.

mod mending;
mod moments;
mod parts;
mod places;
mod steering;
mod tee;
mod verifying;
