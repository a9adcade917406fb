//! Filters on planes: blur, smooth noise, percentiles, local histogram equalisation.

use super::raster::Plane;
use super::rng::Rng;

/// A running mean of width `2 * radius + 1` along rows of `stride`, edges repeated.
fn box_line(line: &mut [f32], scratch: &mut Vec<f32>, radius: usize) {
    let n = line.len();
    if radius == 0 || n < 2 {
        return;
    }
    scratch.clear();
    scratch.extend_from_slice(line);
    let at = |i: isize| scratch[i.clamp(0, n as isize - 1) as usize];
    let r = radius as isize;
    let mut sum: f32 = (-r..=r).map(at).sum();
    let scale = 1.0 / (2 * radius + 1) as f32;
    for (i, v) in line.iter_mut().enumerate() {
        *v = sum * scale;
        sum += at(i as isize + r + 1) - at(i as isize - r);
    }
}

fn transposed(p: &Plane) -> Plane {
    let mut out = Plane::new(p.height, p.width);
    for y in 0..p.height {
        for x in 0..p.width {
            out.data[x * p.height + y] = p.data[y * p.width + x];
        }
    }
    out
}

fn small_blur(p: &Plane, sigma: f32) -> Plane {
    let reach = (2.5 * sigma).ceil() as isize;
    let mut taps: Vec<f32> = (-reach..=reach)
        .map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp())
        .collect();
    let sum: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|t| *t /= sum);
    let pass = |p: &Plane| {
        let mut out = Plane::new(p.width, p.height);
        for (src, dst) in p.data.chunks(p.width).zip(out.data.chunks_mut(p.width)) {
            let last = p.width as isize - 1;
            for (x, d) in dst.iter_mut().enumerate() {
                let value = |k: usize| src[(x as isize + k as isize - reach).clamp(0, last) as usize];
                *d = taps.iter().enumerate().map(|(k, t)| t * value(k)).sum();
            }
        }
        out
    };
    transposed(&pass(&transposed(&pass(p))))
}

/// A Gaussian blur; three running means for wide ones.
#[must_use]
pub fn blur(p: &Plane, sigma: f32) -> Plane {
    if sigma < 0.2 {
        return p.clone();
    }
    if sigma < 2.0 {
        return small_blur(p, sigma);
    }
    let radius = ((sigma * sigma * 4.0 + 1.0).sqrt() * 0.5 - 0.5).round() as usize;
    let mut scratch = Vec::new();
    let mut pass = |p: &mut Plane| {
        let width = p.width;
        for line in p.data.chunks_mut(width) {
            for _ in 0..3 {
                box_line(line, &mut scratch, radius);
            }
        }
    };
    let mut out = p.clone();
    pass(&mut out);
    let mut turned = transposed(&out);
    pass(&mut turned);
    transposed(&turned)
}

/// Smooth noise with mean 0 and deviation about 1, with structures of `grain` pixels.
pub fn clouds(r: &mut Rng, width: usize, height: usize, grain: f32) -> Plane {
    let (gw, gh) = (
        (width as f32 / grain) as usize + 3,
        (height as f32 / grain) as usize + 3,
    );
    let grid: Vec<f32> = (0..gw * gh).map(|_| r.normal(0.0, 1.35)).collect();
    let mut out = Plane::new(width, height);
    let soft = |t: f32| t * t * (3.0 - 2.0 * t);
    for y in 0..height {
        let v = y as f32 / grain;
        let (j, fy) = (v as usize, soft(v.fract()));
        for x in 0..width {
            let u = x as f32 / grain;
            let (i, fx) = (u as usize, soft(u.fract()));
            let (a, b) = (j * gw + i, (j + 1) * gw + i);
            let top = grid[a] * (1.0 - fx) + grid[a + 1] * fx;
            let low = grid[b] * (1.0 - fx) + grid[b + 1] * fx;
            out.data[y * width + x] = top * (1.0 - fy) + low * fy;
        }
    }
    out
}

/// The value below which the given share of the values lies.
#[must_use]
pub fn percentile(values: &mut [f32], share: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let k = ((values.len() - 1) as f32 * share.clamp(0.0, 1.0)) as usize;
    *values.select_nth_unstable_by(k, f32::total_cmp).1
}

const LEVELS: usize = 64;

fn tile_curve(p: &Plane, x: (usize, usize), y: (usize, usize), limit: f32) -> [f32; LEVELS] {
    let mut bins = [0.0_f32; LEVELS];
    for row in y.0..y.1 {
        for v in &p.data[row * p.width + x.0..row * p.width + x.1] {
            bins[((v * LEVELS as f32) as usize).min(LEVELS - 1)] += 1.0;
        }
    }
    let total: f32 = bins.iter().sum::<f32>().max(1.0);
    let cap = limit * total / LEVELS as f32;
    let spare: f32 = bins.iter().map(|b| (b - cap).max(0.0)).sum::<f32>() / LEVELS as f32;
    let mut sum = 0.0;
    bins.map(|b| {
        sum += b.min(cap) + spare;
        sum / total
    })
}

/// Contrast-limited local histogram equalisation of values in 0..1.
pub fn equalise(p: &mut Plane, tiles: usize, limit: f32, strength: f32) {
    let (tw, th) = (p.width.div_ceil(tiles), p.height.div_ceil(tiles));
    let range = |i: usize, step: usize, end: usize| ((i * step).min(end), ((i + 1) * step).min(end));
    let curves: Vec<[f32; LEVELS]> = (0..tiles * tiles)
        .map(|k| tile_curve(p, range(k % tiles, tw, p.width), range(k / tiles, th, p.height), limit))
        .collect();
    let place = |at: usize, step: usize| {
        let t = ((at as f32 + 0.5) / step as f32 - 0.5).clamp(0.0, (tiles - 1) as f32);
        (t as usize, (t as usize + 1).min(tiles - 1), t.fract())
    };
    for y in 0..p.height {
        let (j0, j1, fy) = place(y, th);
        for x in 0..p.width {
            let (i0, i1, fx) = place(x, tw);
            let v = &mut p.data[y * p.width + x];
            let bin = ((*v * LEVELS as f32) as usize).min(LEVELS - 1);
            let at = |j: usize, i: usize| curves[j * tiles + i][bin];
            let top = at(j0, i0) * (1.0 - fx) + at(j0, i1) * fx;
            let low = at(j1, i0) * (1.0 - fx) + at(j1, i1) * fx;
            *v = *v * (1.0 - strength) + (top * (1.0 - fy) + low * fy) * strength;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_the_sum_of_a_point_far_from_the_edges() {
        for sigma in [0.7, 1.5, 4.0] {
            let mut p = Plane::new(81, 81);
            p.data[40 * 81 + 40] = 1.0;
            let b = blur(&p, sigma);
            assert!((b.data.iter().sum::<f32>() - 1.0).abs() < 1e-3);
            // Running means have whole radii, so a wide blur is only about as wide as asked.
            assert!(
                (b.data[40 * 81 + 40] * std::f32::consts::TAU * sigma * sigma - 1.0).abs() < 0.3,
                "{sigma}"
            );
        }
    }

    #[test]
    fn equalising_stays_in_range() {
        let mut r = Rng::new(1, 2);
        let mut p = clouds(&mut r, 70, 50, 9.0);
        p.data.iter_mut().for_each(|v| *v = (*v * 0.2 + 0.5).clamp(0.0, 1.0));
        equalise(&mut p, 6, 3.0, 1.0);
        assert!(p.data.iter().all(|v| (0.0..=1.0001).contains(v)));
    }
}
