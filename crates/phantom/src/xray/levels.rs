//! Levels of planes: percentiles, and local histogram equalisation.

use super::raster::Plane;

const BINS: usize = 4096;

/// How often each level occurs among some values.
#[derive(Debug)]
pub struct Levels {
    low: f32,
    step: f32,
    counts: Vec<u32>,
    total: usize,
}

impl Levels {
    /// Counts the values.
    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(l, h), &v| {
            (if v < l { v } else { l }, if v > h { v } else { h })
        });
        let step = ((high - low) / BINS as f32).max(f32::MIN_POSITIVE);
        let mut counts = vec![0; BINS];
        let scale = 1.0 / step;
        for v in values {
            counts[(((v - low) * scale) as usize).min(BINS - 1)] += 1;
        }
        Self {
            low,
            step,
            counts,
            total: values.len(),
        }
    }

    /// The value below which the given share of the values lies; 0 where there are none.
    #[must_use]
    pub fn percentile(&self, share: f32) -> f32 {
        if self.total == 0 {
            return 0.0;
        }
        let wanted = self.total as f32 * share.clamp(0.0, 1.0);
        let mut below = 0.0;
        for (k, &n) in self.counts.iter().enumerate() {
            let here = n as f32;
            if n > 0 && below + here >= wanted {
                return self.low + self.step * (k as f32 + ((wanted - below) / here).max(0.0));
            }
            below += here;
        }
        self.low + self.step * BINS as f32
    }
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
        (t as usize, (t as usize + 1).min(tiles - 1), t - t as usize as f32)
    };
    let columns: Vec<(usize, usize, f32)> = (0..p.width).map(|x| place(x, tw)).collect();
    for (y, line) in p.data.chunks_exact_mut(p.width).enumerate() {
        let (j0, j1, fy) = place(y, th);
        let (upper, lower) = (&curves[j0 * tiles..], &curves[j1 * tiles..]);
        for (v, &(i0, i1, fx)) in line.iter_mut().zip(&columns) {
            let bin = ((*v * LEVELS as f32) as usize).min(LEVELS - 1);
            let top = upper[i0][bin] * (1.0 - fx) + upper[i1][bin] * fx;
            let low = lower[i0][bin] * (1.0 - fx) + lower[i1][bin] * fx;
            *v = *v * (1.0 - strength) + (top * (1.0 - fy) + low * fy) * strength;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::clouds::clouds;
    use super::super::rng::Rng;
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let mut values = clouds(&mut Rng::new(4, 4), 90, 80, 3.0).data;
        let levels = Levels::of(&values);
        values.sort_by(f32::total_cmp);
        let range = values[values.len() - 1] - values[0];
        for share in [0.0, 0.01, 0.25, 0.5, 0.93, 0.9995, 1.0] {
            let k = ((values.len() - 1) as f32 * share) as usize;
            let (below, above) = (values[k.saturating_sub(2)], values[(k + 2).min(values.len() - 1)]);
            let (found, bin) = (levels.percentile(share), range / BINS as f32);
            assert!(
                (below - bin..=above + bin).contains(&found),
                "{share}: {below} {found} {above}"
            );
        }
        assert_eq!(Levels::of(&[]).percentile(0.5), 0.0);
        assert!((Levels::of(&[7.0; 9]).percentile(0.5) - 7.0).abs() < 1e-5);
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
