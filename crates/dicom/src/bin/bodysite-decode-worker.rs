//! Decodes frames for a parent process, as `bodysite decode-worker` does: for tests and for embedders without the
//! command line.

fn main() -> std::io::Result<()> {
    bodysite_dicom::decode_worker(std::io::stdin().lock(), std::io::stdout().lock())
}
