//! Fuzz target `splice`; what it checks is in `bodysite_fuzz::dicom::splice`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodysite_fuzz::dicom::splice(data));
