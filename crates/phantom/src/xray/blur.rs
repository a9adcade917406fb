//! Gaussian blur of planes: short kernels row by row, wide ones on a plane of half the size.

use super::raster::Plane;

/// Below this deviation nothing would be seen; from the second on, the half-size plane carries all there is.
const NARROW: f32 = 0.2;
const WIDE: f32 = 2.0;
/// Variance in pixels that halving (a mean of two) and doubling (straight lines between values) add by themselves.
const HALVING: f32 = 0.25;
const DOUBLING: f32 = 0.69;

/// A Gaussian blur of deviation `sigma` pixels; edges are repeated.
#[must_use]
pub fn blur(p: &Plane, sigma: f32) -> Plane {
    if sigma < NARROW || p.data.is_empty() {
        return p.clone();
    }
    if sigma < WIDE {
        let taps = taps(sigma);
        return down(&along(p, &taps), &taps);
    }
    let rest = ((sigma * sigma - HALVING - DOUBLING) * 0.25).sqrt();
    doubled(&blur(&halved(p), rest), p.width, p.height)
}

/// Weights of the middle and of each distance from it.
fn taps(sigma: f32) -> Vec<f32> {
    let reach = (2.5 * sigma).ceil() as usize;
    let mut taps: Vec<f32> = (0..=reach).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f32>();
    taps.iter_mut().for_each(|t| *t /= sum);
    taps
}

fn add(line: &mut [f32], before: &[f32], after: &[f32], weight: f32) {
    for ((v, a), b) in line.iter_mut().zip(before).zip(after) {
        *v += weight * (a + b);
    }
}

fn along(p: &Plane, taps: &[f32]) -> Plane {
    let (w, reach) = (p.width, taps.len() - 1);
    let mut out = Plane::new(w, p.height);
    let mut padded = vec![0.0; w + 2 * reach];
    for (source, line) in p.data.chunks_exact(w).zip(out.data.chunks_exact_mut(w)) {
        padded[..reach].fill(source[0]);
        padded[reach..reach + w].copy_from_slice(source);
        padded[reach + w..].fill(source[w - 1]);
        for (v, s) in line.iter_mut().zip(source) {
            *v = taps[0] * s;
        }
        for (k, &t) in taps.iter().enumerate().skip(1) {
            add(line, &padded[reach - k..], &padded[reach + k..], t);
        }
    }
    out
}

fn down(p: &Plane, taps: &[f32]) -> Plane {
    let mut out = Plane::new(p.width, p.height);
    for (y, line) in out.data.chunks_exact_mut(p.width).enumerate() {
        for (v, s) in line.iter_mut().zip(p.row(y)) {
            *v = taps[0] * s;
        }
        for (k, &t) in taps.iter().enumerate().skip(1) {
            let (above, below) = (y.saturating_sub(k), (y + k).min(p.height - 1));
            add(line, p.row(above), p.row(below), t);
        }
    }
    out
}

/// Half the size, rounded up; each value the mean of four, at an odd edge of two.
fn halved(p: &Plane) -> Plane {
    let mut out = Plane::new(p.width.div_ceil(2), p.height.div_ceil(2));
    let width = out.width;
    for (y, line) in out.data.chunks_exact_mut(width).enumerate() {
        let (a, b) = (p.row(2 * y), p.row((2 * y + 1).min(p.height - 1)));
        for ((v, a), b) in line.iter_mut().zip(a.chunks_exact(2)).zip(b.chunks_exact(2)) {
            *v = 0.25 * ((a[0] + a[1]) + (b[0] + b[1]));
        }
        if p.width % 2 == 1 {
            line[width - 1] = 0.5 * (a[p.width - 1] + b[p.width - 1]);
        }
    }
    out
}

/// Twice the size, cut to `width` and `height`: three quarters of the nearer value, one of the farther.
fn doubled(p: &Plane, width: usize, height: usize) -> Plane {
    let mut out = Plane::new(width, height);
    let mut mixed = vec![0.0; p.width + 2];
    for (y, line) in out.data.chunks_exact_mut(width).enumerate() {
        let near = y / 2;
        let far = if y % 2 == 0 {
            near.saturating_sub(1)
        } else {
            (near + 1).min(p.height - 1)
        };
        for ((v, a), b) in mixed[1..].iter_mut().zip(p.row(near)).zip(p.row(far)) {
            *v = 0.75 * a + 0.25 * b;
        }
        mixed[0] = mixed[1];
        mixed[p.width + 1] = mixed[p.width];
        let triples = mixed[..p.width].iter().zip(&mixed[1..]).zip(&mixed[2..]);
        for (pair, ((west, here), east)) in line.chunks_mut(2).zip(triples) {
            pair[0] = 0.75 * here + 0.25 * west;
            if let Some(second) = pair.get_mut(1) {
                *second = 0.75 * here + 0.25 * east;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum, and deviation across and down, of a blurred point.
    fn spread(sigma: f32, at: (usize, usize)) -> (f32, f32, f32) {
        let mut p = Plane::new(201, 203);
        p.data[at.1 * 201 + at.0] = 1.0;
        let b = blur(&p, sigma);
        let (mut sum, mut across, mut down) = (0.0, 0.0, 0.0);
        for (i, v) in b.data.iter().enumerate() {
            let (dx, dy) = ((i % 201) as f32 - at.0 as f32, (i / 201) as f32 - at.1 as f32);
            (sum, across, down) = (sum + v, across + v * dx * dx, down + v * dy * dy);
        }
        (sum, across.sqrt(), down.sqrt())
    }

    #[test]
    fn blur_keeps_the_sum_of_a_point_and_spreads_it_as_far_as_asked() {
        for sigma in [0.7, 1.5, 2.0, 3.0, 4.5, 9.0, 15.0] {
            for at in [(100, 101), (99, 100), (98, 103)] {
                let (sum, across, down) = spread(sigma, at);
                assert!((sum - 1.0).abs() < 1e-3, "{sigma}: {sum}");
                for found in [across, down] {
                    assert!((found / sigma - 1.0).abs() < 0.12, "{sigma}: {found}");
                }
            }
        }
    }

    #[test]
    fn an_even_plane_of_any_size_stays_even() {
        for (w, h) in [(1, 1), (1, 7), (24, 5), (33, 32)] {
            let mut p = Plane::new(w, h);
            p.data.fill(3.0);
            for sigma in [0.5, 2.5, 20.0] {
                assert!(
                    blur(&p, sigma).data.iter().all(|v| (v - 3.0).abs() < 1e-5),
                    "{w} {h} {sigma}"
                );
            }
        }
    }
}
