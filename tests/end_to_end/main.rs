//! The program as a user runs it, on the demo's files and, where `BODYSITE_SHARED` is set, on real ones.

mod correct;
mod demo;
mod evaluate;
mod load;
mod map;
mod mapping;
mod program;
mod real;
mod resume;
mod review;
