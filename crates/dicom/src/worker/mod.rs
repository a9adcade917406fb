//! Decoding in processes of its own, where a panic, an abort or an allocation storm hurts one file and no run.
//!
//! The parent's side is [`Decoder`]; the program that it starts calls [`decode_worker`].

mod decoder;
mod protocol;
mod serve;

pub use decoder::Decoder;
pub use serve::decode_worker;
