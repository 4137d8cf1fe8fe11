//! The doctor, through the app and a sandbox that plays AWS.

mod faults;
mod in_policies;
mod in_settings;
mod planned;
mod receipts;
mod services;
mod world;
