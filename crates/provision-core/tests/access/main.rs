//! Who may do what: the graph, the page, and the proof, on good policies and on broken ones.
#![expect(clippy::unwrap_used, reason = "a test may stop where what it builds on fails")]

mod both;
mod broken;
mod good;
mod page;
mod scene;
