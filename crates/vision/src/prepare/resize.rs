//! A separable triangle filter, as Pillow's `Image.resize((s, s), Image.BILINEAR)` on mode `F`:
//! <https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c>. Sums in f64, results in f32.

use bodysite_core::Frame;

use super::border::Crop;
use super::levels::Levels;

/// The inputs that one output is made of: their first index and their weights.
#[derive(Debug, Clone, PartialEq)]
struct Tap {
    first: usize,
    weights: Vec<f64>,
}

/// Puts a crop in the middle of a black square and resizes that to `size * size`.
pub(crate) fn square(frame: &Frame, levels: Levels, crop: Crop, size: usize) -> Vec<f32> {
    let side = crop.width().max(crop.height());
    let taps = taps(side, size);
    let columns: Vec<Tap> = within(&taps, (side - crop.width()) / 2, crop.width());
    let rows: Vec<Tap> = within(&taps, (side - crop.height()) / 2, crop.height());
    let narrow = across(frame, levels, crop, &columns);
    down(&narrow, size, &rows)
}

/// The taps of each output, as `precompute_coeffs` of Pillow.
fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f64 / to as f64;
    let support = scale.max(1.0);
    (0..to).map(|i| tap((i as f64 + 0.5) * scale, support, from)).collect()
}

fn tap(centre: f64, support: f64, length: usize) -> Tap {
    let first = (centre - support + 0.5).max(0.0) as usize;
    let end = ((centre + support + 0.5) as usize).min(length);
    let weigh = |x: usize| triangle((x as f64 - centre + 0.5) * (1.0 / support));
    let weights: Vec<f64> = (first..end).map(weigh).collect();
    let total: f64 = weights.iter().sum();
    let weights = weights.iter().map(|w| w / total).collect();
    Tap { first, weights }
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// The taps restricted to the inputs that are not padding, counted from the first of them. Padding is black, that is
/// zero, so that leaving it out changes no sum.
fn within(taps: &[Tap], start: usize, length: usize) -> Vec<Tap> {
    taps.iter().map(|tap| restrict(tap, start, start + length)).collect()
}

fn restrict(tap: &Tap, start: usize, end: usize) -> Tap {
    let first = tap.first.clamp(start, end);
    let last = (tap.first + tap.weights.len()).clamp(first, end);
    let kept = first.saturating_sub(tap.first)..last.saturating_sub(tap.first);
    Tap {
        first: first - start,
        weights: tap.weights.get(kept).unwrap_or_default().to_vec(),
    }
}

/// Rows that the horizontal pass takes together, so that no sum waits for the one before it.
const ROWS: usize = 8;

/// The horizontal pass: each kept row of the frame becomes `columns.len()` values.
fn across(frame: &Frame, levels: Levels, crop: Crop, columns: &[Tap]) -> Vec<f32> {
    let shades = levels.table();
    let kept = &frame.values()[crop.top * frame.width()..crop.bottom * frame.width()];
    let mut out = vec![0.0; crop.height() * columns.len()];
    let mut lines = vec![[0.0; ROWS]; crop.width()];
    for (rows, out) in kept
        .chunks(ROWS * frame.width())
        .zip(out.chunks_mut(ROWS * columns.len()))
    {
        for (k, row) in rows.chunks_exact(frame.width()).enumerate() {
            for (to, from) in lines.iter_mut().zip(&row[crop.left..crop.right]) {
                to[k] = f64::from(shades[usize::from(*from)]);
            }
        }
        for (i, tap) in columns.iter().enumerate() {
            let sums = weighted(&lines, tap);
            for (out, sum) in out.chunks_exact_mut(columns.len()).zip(sums) {
                out[i] = sum;
            }
        }
    }
    out
}

/// The weighted sums of some lines that lie side by side.
fn weighted<const N: usize>(lines: &[[f64; N]], tap: &Tap) -> [f32; N] {
    let mut sums = [0.0; N];
    for (values, weight) in lines[tap.first..].iter().zip(&tap.weights) {
        for (sum, x) in sums.iter_mut().zip(values) {
            *sum += x * weight;
        }
    }
    sums.map(|sum| sum as f32)
}

/// The vertical pass.
fn down(narrow: &[f32], width: usize, rows: &[Tap]) -> Vec<f32> {
    let mut out = Vec::with_capacity(width * rows.len());
    let mut sums = vec![0.0_f64; width];
    for tap in rows {
        sums.fill(0.0);
        for (line, weight) in narrow[tap.first * width..].chunks_exact(width).zip(&tap.weights) {
            for (sum, x) in sums.iter_mut().zip(line) {
                *sum += f64::from(*x) * weight;
            }
        }
        out.extend(sums.iter().map(|sum| *sum as f32));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_changes_nothing() {
        for tap in taps(5, 5).iter().enumerate() {
            let (i, tap) = tap;
            let sum: f64 = (0..tap.weights.len())
                .map(|k| (tap.first + k) as f64 * tap.weights[k])
                .sum();
            assert!((sum - i as f64).abs() < 1e-12);
        }
    }

    #[test]
    fn halving_weighs_four_inputs_one_three_three_one() {
        // Pillow: Image.new("F", (8, 1)) resized to 4 with BILINEAR; inner outputs are (1, 3, 3, 1) / 8.
        let halved = taps(8, 4);
        assert_eq!(halved[1].first, 1);
        assert_eq!(halved[1].weights, [0.125, 0.375, 0.375, 0.125]);
        // At the edge the weights that fall outside are left out and the others scaled up: (3, 3, 1) / 7.
        let expect = [3.0 / 7.0, 3.0 / 7.0, 1.0 / 7.0];
        assert_eq!(halved[0].first, 0);
        assert!(halved[0].weights.iter().zip(expect).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn doubling_interpolates() {
        let line = [[0.0], [1.0]];
        let doubled: Vec<[f32; 1]> = taps(2, 4).iter().map(|tap| weighted(&line, tap)).collect();
        assert_eq!(doubled, [[0.0], [0.25], [0.75], [1.0]]);
    }

    #[test]
    fn padding_takes_part_in_the_average() {
        // Two white inputs in a square of four: outputs mix them with the black beside them.
        let taps = within(&taps(4, 2), 1, 2);
        let out: Vec<[f32; 1]> = taps.iter().map(|tap| weighted(&[[1.0], [1.0]], tap)).collect();
        assert_eq!(out, [[4.0 / 7.0], [4.0 / 7.0]]);
    }
}
