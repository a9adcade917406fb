//! Fuzz target `scan`; what it checks is in `bodysite_fuzz::dicom::scan`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodysite_fuzz::dicom::scan(data));
