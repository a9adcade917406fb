//! Fuzz target `code`; what it checks is in `bodysite_fuzz::knowledge::code`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodysite_fuzz::knowledge::code(data));
