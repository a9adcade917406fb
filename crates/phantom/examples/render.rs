//! Renders labelled synthetic radiographs: `render --meshes DIR --count N [--out DIR] [--raw FILE] [--sheet FILE]
//! [--real DIR] [--size 256] [--seed 1] [--keys CH,KN] [--jobs N]`.
//!
//! The last line on stderr is the rate, "N images, R a second, on T threads": N by the seconds that passed while
//! images were rendered, on a wall clock. Loading the meshes and writing files do not count. With `--keys` left out
//! the images go round all 36 exams, so that the rate is that of an even mixture. One thread renders one image. Measure on an idle machine, with at least some hundred images.
#![expect(clippy::print_stderr, reason = "a command-line program reports on stderr")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bodysite_phantom::{Body, EXAMS, Image, Request, render};
use bodysite_terminology::Terminology;
use rayon::prelude::*;

#[derive(Default)]
struct Options {
    meshes: PathBuf,
    out: Option<PathBuf>,
    raw: Option<PathBuf>,
    sheet: Option<PathBuf>,
    real: Option<PathBuf>,
    count: u64,
    size: usize,
    seed: u64,
    keys: Vec<String>,
    jobs: usize,
}

fn options() -> anyhow::Result<Options> {
    let mut o = Options {
        count: 36,
        size: 256,
        seed: 1,
        ..Options::default()
    };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().with_context(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--meshes" => o.meshes = value.into(),
            "--out" => o.out = Some(value.into()),
            "--raw" => o.raw = Some(value.into()),
            "--sheet" => o.sheet = Some(value.into()),
            "--real" => o.real = Some(value.into()),
            "--count" => o.count = value.parse()?,
            "--size" => o.size = value.parse()?,
            "--seed" => o.seed = value.parse()?,
            "--keys" => o.keys = value.split(',').map(str::to_string).collect(),
            "--jobs" => o.jobs = value.parse()?,
            _ => bail!("unknown option {name}"),
        }
    }
    if o.keys.is_empty() {
        o.keys = EXAMS.iter().map(|e| e.key.to_string()).collect();
    }
    ensure!(!o.meshes.as_os_str().is_empty(), "--meshes is needed");
    Ok(o)
}

/// Centred on a black square, as the raw file and the sheet hold every image.
fn squared(image: &Image, size: usize) -> Vec<u8> {
    let mut out = vec![0; size * size];
    let (x, y) = ((size - image.width) / 2, (size - image.height) / 2);
    for row in 0..image.height {
        let at = (y + row) * size + x;
        out[at..at + image.width].copy_from_slice(&image.pixels[row * image.width..(row + 1) * image.width]);
    }
    out
}

fn label_line(terms: &Terminology, file: &str, seed: u64, image: &Image) -> anyhow::Result<String> {
    let t = &image.truth;
    let target = terms
        .targets()
        .iter()
        .find(|x| x.key == t.key)
        .context("a key without a concept")?;
    let mut line = format!("{file},{},{},{},{},{seed},", t.key, target.concept.code, t.view, t.side);
    let seen = t.visible.iter().filter(|v| v.1 >= 0.005);
    for (i, (key, share)) in seen.enumerate() {
        let bar = if i == 0 { "" } else { "|" };
        write!(line, "{bar}{key}:{share:.2}")?;
    }
    line.push('\n');
    Ok(line)
}

/// Pictures of a folder, fitted into the square of the sheet, to look at beside the rendered ones.
fn real_tiles(dir: &PathBuf, size: usize, count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)?
        .map(|e| Ok(e?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    let step = (files.len() / count.max(1)).max(1);
    let tile = |file: &PathBuf| -> anyhow::Result<Vec<u8>> {
        let small = image::open(file)?.thumbnail(size as u32, size as u32).into_luma8();
        let mut square = image::GrayImage::new(size as u32, size as u32);
        let (x, y) = ((size as u32 - small.width()) / 2, (size as u32 - small.height()) / 2);
        image::imageops::replace(&mut square, &small, i64::from(x), i64::from(y));
        Ok(square.into_raw())
    };
    files.iter().step_by(step).take(count).map(tile).collect()
}

fn save_sheet(path: &PathBuf, tiles: &[Vec<u8>], size: usize, columns: usize) -> anyhow::Result<()> {
    let rows = tiles.len().div_ceil(columns);
    let mut sheet = image::GrayImage::from_pixel(
        (columns * (size + 2)) as u32,
        (rows * (size + 2)) as u32,
        image::Luma([90]),
    );
    for (i, one) in tiles.iter().enumerate() {
        let (x, y) = ((i % columns) * (size + 2), (i / columns) * (size + 2));
        let tile = image::GrayImage::from_raw(size as u32, size as u32, one.clone()).context("tile")?;
        image::imageops::replace(&mut sheet, &tile, x as i64, y as i64);
    }
    Ok(sheet.save(path)?)
}

fn main() -> anyhow::Result<()> {
    let o = options()?;
    if o.jobs > 0 {
        rayon::ThreadPoolBuilder::new().num_threads(o.jobs).build_global()?;
    }
    let terms = Terminology::builtin();
    let start = Instant::now();
    let body = Body::load(&o.meshes)?;
    eprintln!(
        "loaded {} parts in {:.1} s",
        body.parts.len(),
        start.elapsed().as_secs_f32()
    );
    let mut raw = o.raw.as_ref().map(std::fs::File::create).transpose()?;
    let mut labels = String::from("file,key,sctid,view,side,seed,visible\n");
    let mut kept = Vec::new();
    let mut rendering = Duration::ZERO;
    for from in (0..o.count).step_by(512) {
        let start = Instant::now();
        let batch: Vec<Image> = (from..(from + 512).min(o.count))
            .into_par_iter()
            .map(|index| {
                let key = if o.sheet.is_some() {
                    let each = (o.count as usize).div_ceil(o.keys.len());
                    o.keys[index as usize / each].clone()
                } else {
                    o.keys[index as usize % o.keys.len()].clone()
                };
                render(
                    &body,
                    &Request {
                        key,
                        view: None,
                        side: None,
                        seed: o.seed,
                        index,
                        size: o.size,
                    },
                )
            })
            .collect::<Result<_, _>>()?;
        rendering += start.elapsed();
        for (i, image) in (from..).zip(&batch) {
            let file = format!("{i:06}.png");
            labels.push_str(&label_line(terms, &file, o.seed, image)?);
            if let Some(dir) = &o.out {
                std::fs::create_dir_all(dir)?;
                let (w, h) = (image.width as u32, image.height as u32);
                image::save_buffer(dir.join(&file), &image.pixels, w, h, image::ExtendedColorType::L8)?;
            }
            if let Some(raw) = &mut raw {
                raw.write_all(&squared(image, o.size))?;
            }
        }
        if o.sheet.is_some() {
            kept.extend(batch.iter().map(|i| squared(i, o.size)));
        }
    }
    if let Some(dir) = &o.out {
        std::fs::write(dir.join("labels.csv"), &labels)?;
    }
    if let Some(raw) = &o.raw {
        std::fs::write(raw.with_extension("csv"), &labels)?;
    }
    if let Some(sheet) = &o.sheet {
        let columns = (o.count as usize).div_ceil(o.keys.len());
        if let Some(real) = &o.real {
            kept.extend(real_tiles(real, o.size, 2 * columns)?);
        }
        save_sheet(sheet, &kept, o.size, columns)?;
    }
    eprintln!(
        "{} images, {:.1} a second, on {} threads",
        o.count,
        o.count as f32 / rendering.as_secs_f32(),
        rayon::current_num_threads()
    );
    Ok(())
}
