//! A state, one edit, the plan.

mod apply;
mod guards;
mod world;
