//! The rendered radiographs that travel in the program (`models/phantom-samples`, CC BY 4.0, see ATTRIBUTION.md there).

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use bodysite_phantom::Grey;

include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// The sample of that file name.
pub fn by_file(file: &str) -> anyhow::Result<Grey> {
    let found = SAMPLES.iter().find(|(name, _)| *name == file);
    let (_, bytes) = found.with_context(|| format!("sample {file} is in labels.csv and not in the folder"))?;
    decode(file, bytes)
}

/// The samples of each label's key, in the order of their table.
pub fn by_key() -> anyhow::Result<BTreeMap<String, Vec<Grey>>> {
    let mut all: BTreeMap<String, Vec<Grey>> = BTreeMap::new();
    let mut rows = csv::Reader::from_reader(LABELS.as_bytes());
    for row in rows.records() {
        let row = row?;
        let (file, key) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
        all.entry(key.to_owned()).or_default().push(by_file(file)?);
    }
    Ok(all)
}

/// A PNG or JPEG as grey.
pub fn decode(name: &str, bytes: &[u8]) -> anyhow::Result<Grey> {
    let image = image::load_from_memory(bytes)
        .with_context(|| name.to_owned())?
        .into_luma8();
    let (width, height) = (u16::try_from(image.width())?, u16::try_from(image.height())?);
    ensure!(width > 0 && height > 0, "{name} is empty");
    Ok(Grey {
        width,
        height,
        pixels: image.into_raw(),
    })
}
