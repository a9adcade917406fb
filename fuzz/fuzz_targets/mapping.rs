//! Fuzz target `mapping`; what it checks is in `bodysite_fuzz::knowledge::mapping`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodysite_fuzz::knowledge::mapping(data));
