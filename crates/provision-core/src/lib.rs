//! The manifest, the plan engine and the renderers.
//!
//! Everything here is pure: plain values in, plain values out. No clock, no file, no environment,
//! no network; neither tokio nor an AWS crate. The arrows of the picture are one function each:
//!
//! | arrow | function |
//! |---|---|
//! | text to [`manifest::Manifest`] | [`manifest::parse`] |
//! | manifest to [`desired::Desired`] | [`desired::resolve`] |
//! | desired and [`actual::Actual`] to [`plan::Plan`] | [`diff::diff`] |
//! | plan to lines | [`show::show`] |
//! | desired and actual to what is wrong and mends it | [`doctor::examine`] |
//! | policies to what is wrong with them | [`check::check`] |
//! | desired to a month's bill | [`cost::bill`] |
//! | desired to files in other languages | [`render::render`] |
#![forbid(unsafe_code)]

pub mod access;
pub mod actual;
pub mod check;
pub mod cost;
pub mod desired;
pub mod diff;
pub mod doctor;
pub mod environment;
pub mod manifest;
pub mod members;
pub mod name;
pub mod plan;
pub mod policy;
pub mod prove;
pub mod render;
pub mod show;
