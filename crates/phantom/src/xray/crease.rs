//! Closes the narrow gaps that the pieces of the skin leave between trunk and limb when a limb moves.

use super::raster::Plane;

/// The thickness with slits narrower than twice `reach` pixels filled from their rims; all else stays (a grey closing).
#[must_use]
pub fn closed(p: &Plane, reach: usize) -> Plane {
    let higher = |a: f32, b: f32| if a > b { a } else { b };
    let lower = |a: f32, b: f32| if a < b { a } else { b };
    spread(&spread(p, reach, higher), reach, lower)
}

/// The extreme of all values within `reach` columns and rows.
fn spread(p: &Plane, reach: usize, pick: impl Fn(f32, f32) -> f32 + Copy) -> Plane {
    let mut wide = p.clone();
    let sideways = reach.min(p.width.saturating_sub(1));
    for (line, source) in wide.data.chunks_exact_mut(p.width).zip(p.data.chunks_exact(p.width)) {
        for k in 1..=sideways {
            take(&mut line[k..], source, pick);
            take(line, &source[k..], pick);
        }
    }
    let mut out = wide.clone();
    for (y, line) in out.data.chunks_exact_mut(p.width).enumerate() {
        for other in y.saturating_sub(reach)..(y + reach + 1).min(p.height) {
            take(line, wide.row(other), pick);
        }
    }
    out
}

fn take(line: &mut [f32], other: &[f32], pick: impl Fn(f32, f32) -> f32) {
    line.iter_mut().zip(other).for_each(|(v, o)| *v = pick(*v, *o));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slit_is_filled_and_a_wide_gap_and_a_bump_stay() {
        let mut p = Plane::new(60, 40);
        for (i, v) in p.data.iter_mut().enumerate() {
            let x = i % 60;
            let gap = (10..14).contains(&x) || (30..50).contains(&x);
            *v = if gap { 0.0 } else { 100.0 };
        }
        p.data[20 * 60 + 5] = 140.0;
        let filled = closed(&p, 3);
        for (i, v) in filled.data.iter().enumerate() {
            let slit = (10..14).contains(&(i % 60));
            assert_eq!(*v, if slit { 100.0 } else { p.data[i] }, "{} {}", i % 60, i / 60);
        }
    }
}
