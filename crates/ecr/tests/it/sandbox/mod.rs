//! The client against the sandbox: an independent implementation that verifies signatures and has
//! a data plane, native replication, ECR's rates and a clock that can be moved.

mod leave;
mod lifecycle;
mod many;
mod parts;
mod rates;
mod registry;
mod stack;
mod world;
