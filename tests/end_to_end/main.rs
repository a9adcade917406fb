//! The program as a user runs it, on the demo's files and, where `BODYSITE_SHARED` is set, on real ones.

mod demo;
mod evaluate;
mod load;
mod map;
mod program;
mod real;
mod resume;
