//! Milliseconds an image on one thread: `cargo run --release -p bodysite-vision --example speed -- MODEL_FOLDER`.

use std::path::Path;
use std::time::Instant;

use bodysite_core::Frame;
use bodysite_vision::Model;

const RUNS: u32 = 50;

#[expect(clippy::print_stdout, reason = "an example's output")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("a model folder is needed")?;
    let model = Model::from_dir(Path::new(&folder))?;
    for (width, height) in [(512, 512), (2500, 2048)] {
        let values = (0..width * height)
            .map(|i| ((i % width * 37 + i / width * 11) % 65_536) as u16)
            .collect();
        let frame = Frame::new(width, height, values)?;
        let prepare = least(|| drop(model.prepare(&frame)));
        let prepared = model.prepare(&frame)?;
        let network = least(|| drop(model.scores(&prepared)));
        println!(
            "{width} × {height}: preparation {prepare:.2} ms, network at {} {network:.2} ms",
            prepared.size
        );
    }
    Ok(())
}

/// The least of several runs, in milliseconds.
fn least(mut run: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..RUNS).map(once).fold(f64::INFINITY, f64::min)
}
