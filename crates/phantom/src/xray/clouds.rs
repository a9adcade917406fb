//! Smooth noise: random values on a grid, with soft steps between them.

use super::raster::Plane;
use super::rng::Rng;

/// For each pixel of a line the grid value before it and how far it is on the way to the next.
fn steps(length: usize, grain: f32) -> Vec<(usize, f32)> {
    let soft = |t: f32| t * t * (3.0 - 2.0 * t);
    let step = |k: usize| {
        let u = k as f32 / grain;
        (u as usize, soft(u - u as usize as f32))
    };
    (0..length).map(step).collect()
}

fn fill(line: &mut [f32], grid: &[f32], columns: &[(usize, f32)]) {
    for (v, &(i, t)) in line.iter_mut().zip(columns) {
        *v = grid[i] + (grid[i + 1] - grid[i]) * t;
    }
}

/// Smooth noise with mean 0 and deviation about 1, with structures of `grain` pixels.
pub fn clouds(r: &mut Rng, width: usize, height: usize, grain: f32) -> Plane {
    let count = |length: usize| (length as f32 / grain) as usize + 3;
    let (gw, gh) = (count(width), count(height));
    let grid: Vec<f32> = (0..gw * gh).map(|_| r.normal(0.0, 1.35)).collect();
    let columns = steps(width, grain);
    let row = |j: usize| &grid[j * gw..(j + 1) * gw];
    let (mut upper, mut lower) = (vec![0.0; width], vec![0.0; width]);
    let mut filled = None;
    let mut out = Plane::new(width, height);
    for (line, (j, t)) in out.data.chunks_exact_mut(width).zip(steps(height, grain)) {
        if filled != Some(j) {
            fill(&mut upper, row(j), &columns);
            fill(&mut lower, row(j + 1), &columns);
            filled = Some(j);
        }
        for ((v, a), b) in line.iter_mut().zip(&upper).zip(&lower) {
            *v = a + (b - a) * t;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_have_the_mean_and_deviation_asked_for_at_every_grain() {
        for grain in [0.7, 1.0, 1.8, 5.0, 11.0] {
            let p = clouds(&mut Rng::new(2, 9), 300, 200, grain);
            let n = p.data.len() as f32;
            let mean = p.data.iter().sum::<f32>() / n;
            let deviation = (p.data.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt();
            assert!(mean.abs() < 0.15, "{grain}: mean {mean}");
            assert!((0.75..1.4).contains(&deviation), "{grain}: deviation {deviation}");
        }
    }
}
