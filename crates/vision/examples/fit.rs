//! Fits a model to images named in a table, after making some of their labels wrong: how many are found again, and
//! how the model does with and without fitting.
//!
//! `cargo run --release -p bodysite-vision --example fit -- TABLE MODEL_FOLDER CACHE_FOLDER PERCENT_WRONG`; the table
//! has `path,group,sctid` lines without a header.

use std::fs;
use std::path::Path;

use bodysite_core::{Frame, Sctid};
use bodysite_vision::train::{Image, Options, Source, train};
use bodysite_vision::{Model, frame_from_image, sha256};

#[expect(clippy::print_stdout, reason = "an example's output")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, model, cache, percent] = arguments.as_slice() else {
        return Err("a table, a model folder, a cache folder and a percentage are needed".into());
    };
    let model = Model::from_dir(Path::new(model))?;
    let (images, wrong) = images(&fs::read_to_string(table)?, percent.parse()?)?;
    let read = |i: usize| -> Option<Frame> { frame_from_image(&fs::read(&images[i].name).ok()?).ok() };
    let trained = train(
        &model,
        &images,
        &read,
        Path::new(cache),
        &Options::new("fitted"),
        &mut |_| {},
    )?;
    let hits = trained.suspects.iter().filter(|s| wrong.contains(&s.name)).count();
    println!("{}", String::from_utf8_lossy(&trained.files["MODEL_CARD.md"]));
    println!(
        "{} labels made wrong, {} suspected, {hits} of these made wrong",
        wrong.len(),
        trained.suspects.len()
    );
    Ok(())
}

/// The images, and the names of those whose label was exchanged for another image's.
fn images(table: &str, percent: u32) -> Result<(Vec<Image>, Vec<String>), Box<dyn std::error::Error>> {
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let codes = rows
        .iter()
        .map(|row| row[2].parse())
        .collect::<Result<Vec<Sctid>, _>>()?;
    let (mut images, mut wrong) = (Vec::new(), Vec::new());
    for (i, row) in rows.iter().enumerate() {
        let draw = u32::from_str_radix(&sha256(row[0].as_bytes())[..6], 16)?;
        let others = codes
            .iter()
            .cycle()
            .skip(i + draw as usize % codes.len())
            .take(codes.len());
        let other = others
            .copied()
            .find(|code| *code != codes[i])
            .filter(|_| draw % 100 < percent);
        wrong.extend(other.map(|_| row[0].to_owned()));
        images.push(Image {
            name: row[0].to_owned(),
            key: sha256(&fs::read(row[0])?),
            group: row[1].to_owned(),
            examined: Some(other.unwrap_or(codes[i])),
            visible: None,
            source: Source::Header,
        });
    }
    Ok((images, wrong))
}
