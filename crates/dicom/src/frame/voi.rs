//! From stored values to those displayed: Modality LUT, VOI LUT or window (PS3.3 C.11.1, C.11.2).

use crate::image_module::{ImageModule, Lut};

/// Modality LUT or rescale.
pub(crate) enum Modality<'i> {
    Lut { lut: &'i Lut, first: i32 },
    Rescale { slope: f64, intercept: f64 },
}

impl<'i> Modality<'i> {
    /// `signed` says how the table's first value is to be read.
    pub fn of(image: &'i ImageModule, signed: bool) -> Modality<'i> {
        if let Some(lut) = image.modality_lut.as_ref().filter(|lut| is_usable(lut)) {
            let first = first_mapped(lut, signed);
            return Modality::Lut { lut, first };
        }
        let slope = image.rescale_slope.filter(|slope| slope.abs() > 1e-30).unwrap_or(1.0);
        let intercept = image.rescale_intercept.unwrap_or(0.0);
        Modality::Rescale { slope, intercept }
    }

    pub fn apply(&self, stored: i32) -> f64 {
        match self {
            Modality::Lut { lut, first } => f64::from(entry(lut, stored - first)),
            Modality::Rescale { slope, intercept } => f64::from(stored) * slope + intercept,
        }
    }
}

/// A table that has as many entries as it says.
fn is_usable(lut: &Lut) -> bool {
    !lut.data.is_empty() && lut.data.len() as u64 == u64::from(lut.entries) && (8..=16).contains(&lut.bits)
}

fn first_mapped(lut: &Lut, signed: bool) -> i32 {
    match signed {
        true => i32::from(lut.first.cast_signed()),
        false => i32::from(lut.first),
    }
}

/// Values outside the table map to its ends.
fn entry(lut: &Lut, index: i32) -> u16 {
    let last = lut.data.len().saturating_sub(1);
    let at = usize::try_from(index).unwrap_or(0).min(last);
    lut.data.get(at).copied().unwrap_or(0)
}

/// What turns modality values into grey from 0 to 1.
pub(crate) enum Voi<'i> {
    Lut {
        lut: &'i Lut,
        first: i32,
        most: f64,
    },
    Linear {
        center: f64,
        width: f64,
    },
    LinearExact {
        center: f64,
        width: f64,
    },
    Sigmoid {
        center: f64,
        width: f64,
    },
    /// All values that occur, from the least to the greatest.
    Range {
        least: f64,
        most: f64,
    },
}

impl<'i> Voi<'i> {
    /// The first VOI LUT, else the first window; `None` where the header has neither that is usable.
    pub fn of(image: &'i ImageModule, signed: bool) -> Option<Voi<'i>> {
        if let Some(lut) = image.voi_lut.as_ref().filter(|lut| is_usable(lut)) {
            let first = first_mapped(lut, signed);
            let most = greatest(lut);
            return Some(Voi::Lut { lut, first, most });
        }
        let (&center, &width) = image.window_center.first().zip(image.window_width.first())?;
        if width <= 0.0 {
            return None;
        }
        Some(match image.voi_function.as_str() {
            "LINEAR_EXACT" => Voi::LinearExact { center, width },
            "SIGMOID" => Voi::Sigmoid { center, width },
            // Narrower than one is not allowed, and means a threshold.
            _ => Voi::Linear {
                center,
                width: width.max(1.0),
            },
        })
    }

    pub fn apply(&self, value: f64) -> f64 {
        match self {
            Voi::Lut { lut, first, most } => f64::from(entry(lut, value.round() as i32 - first)) / most,
            Voi::Linear { center, width } => linear(value, center - 0.5, width - 1.0),
            Voi::LinearExact { center, width } => linear(value, *center, *width),
            Voi::Sigmoid { center, width } => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
            Voi::Range { least, most } => (value - least) / (most - least),
        }
        .clamp(0.0, 1.0)
    }
}

/// PS3.3 C.11.2.1.2.1 and C.11.2.1.3.2, which differ only in what they call the middle and the width.
fn linear(value: f64, middle: f64, width: f64) -> f64 {
    if value <= middle - width / 2.0 {
        0.0
    } else if value > middle + width / 2.0 {
        1.0
    } else {
        (value - middle) / width + 0.5
    }
}

/// The greatest value that entries can have. Tables with entries of fewer bits than they declare are common, and would
/// be all but black.
fn greatest(lut: &Lut) -> f64 {
    let declared = (1u32 << lut.bits) - 1;
    let found = u32::from(lut.data.iter().copied().max().unwrap_or(0)).max(1);
    let enough = (1u32 << (32 - found.leading_zeros())) - 1;
    f64::from(if enough < declared / 2 {
        enough
    } else {
        declared.max(enough)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windowed(function: &str, center: f64, width: f64) -> ImageModule {
        ImageModule {
            voi_function: function.into(),
            window_center: vec![center],
            window_width: vec![width],
            ..ImageModule::default()
        }
    }

    /// PS3.3 C.11.2.1.2.1, the examples of its notes.
    #[test]
    fn linear_windows_follow_the_standards_examples() {
        let image = windowed("", 2048.0, 4096.0);
        let voi = Voi::of(&image, false).unwrap();
        assert_eq!((voi.apply(0.0), voi.apply(4095.0)), (0.0, 1.0));
        let image = windowed("LINEAR", 2048.0, 1.0);
        let voi = Voi::of(&image, false).unwrap();
        assert_eq!((voi.apply(2047.0), voi.apply(2048.0)), (0.0, 1.0));
        let image = windowed("LINEAR", 0.0, 100.0);
        let voi = Voi::of(&image, false).unwrap();
        assert_eq!((voi.apply(-50.0), voi.apply(49.0)), (0.0, 1.0));
    }

    #[test]
    fn exact_and_sigmoid_windows_are_centred() {
        for function in ["LINEAR_EXACT", "SIGMOID"] {
            let image = windowed(function, 10.0, 4.0);
            assert_eq!(Voi::of(&image, false).unwrap().apply(10.0), 0.5, "{function}");
        }
    }

    #[test]
    fn tables_hold_their_ends_and_fill_their_range() {
        let lut = |bits, data: &[u16]| Lut {
            first: 0xFFFF,
            entries: data.len() as u32,
            bits,
            data: data.to_vec(),
        };
        let image = ImageModule {
            voi_lut: Some(lut(16, &[0, 100, 255])),
            ..ImageModule::default()
        };
        let voi = Voi::of(&image, true).unwrap();
        assert_eq!((voi.apply(-9.0), voi.apply(-1.0), voi.apply(50.0)), (0.0, 0.0, 1.0));
        assert_eq!(voi.apply(0.0), 100.0 / 255.0);
        let short = ImageModule {
            voi_lut: Some(Lut {
                entries: 7,
                ..lut(8, &[1])
            }),
            ..ImageModule::default()
        };
        assert!(Voi::of(&short, false).is_none());
    }
}
