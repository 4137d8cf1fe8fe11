//! What plans say, what they cost, and how they are divided.

mod deciding;
mod expiring;
mod large;
mod odd;
mod passing;
mod platforms;
mod pruning;
mod real;
mod referrers;
mod requests;
mod sharding;
pub(crate) mod watched;
