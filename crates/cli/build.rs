//! Lists the rendered samples of `models/phantom-samples`, so that the program carries them.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo names the package's folder");
    let folder = Path::new(&root).join("../../models/phantom-samples");
    println!("cargo::rerun-if-changed=../../models/phantom-samples");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("models/phantom-samples is part of the repository")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".png"))
        .collect();
    names.sort();
    // Several checkouts may share a build folder: the compiler, not this script, says in which it is.
    let at = |name: &str| {
        let path = format!("/../../models/phantom-samples/{name}");
        format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?})")
    };
    let mut text = format!(
        "/// Their table.\npub const LABELS: &str = include_str!({});\n",
        at("labels.csv")
    );
    text.push_str("const SAMPLES: &[(&str, &[u8])] = &[\n");
    for name in &names {
        let _ = writeln!(text, "    ({name:?}, include_bytes!({})),", at(name));
    }
    text.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo names the output folder");
    fs::write(Path::new(&out).join("samples.rs"), text).expect("the output folder can be written");
}
