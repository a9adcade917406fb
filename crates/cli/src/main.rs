//! The command line program `bodysite`.

fn main() {}
