//! Lists the mapping sets of `mappings/`, so that the file of another language is found by itself.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let package = env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?;
    let mappings = Path::new(&package).join("../../mappings");
    let mut names = vec!["calibration.tsv".to_owned(), "terms.sssom.tsv".to_owned()];
    for entry in fs::read_dir(mappings.join("lexicon"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sssom.tsv") {
            names.push(format!("lexicon/{name}"));
        }
    }
    names.sort();
    println!("cargo::rerun-if-changed=../../mappings/lexicon");
    // Several checkouts may share a build folder: the compiler, not this script, says in which it is.
    let at = |name: &String| {
        format!(
            "concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})",
            format!("/../../mappings/{name}")
        )
    };
    let file = |name: &String| format!("({name:?}, include_str!({})),\n", at(name));
    let list: String = names.iter().map(file).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?).join("sets.rs");
    fs::write(out, format!("&[\n{list}]"))
}
