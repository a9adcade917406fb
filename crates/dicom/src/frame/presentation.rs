//! From stored values to presentation values (PS3.4 section N.2), by one table over all containers that there can be.

use bodysite_core::{Issue, IssueCode};

use super::codec::{Codec, Samples};
use super::stored::{Format, Padding};
use super::voi::{Modality, Voi};
use crate::image_module::{ImageModule, Lut};

/// Presentation values of every container, and what was odd about them.
pub(crate) struct Table {
    values: Vec<u16>,
    pub issues: Vec<Issue>,
}

impl Table {
    /// The table for `samples`, which have one channel.
    pub fn of(image: &ImageModule, samples: &Samples, was_colour: bool) -> Table {
        let format = Format::of(image, samples.codec);
        if was_colour || matches!(samples.codec, Codec::Colour { .. }) {
            let issue = Issue::at(IssueCode::FrameUnsuitable, "PhotometricInterpretation").detail("colour");
            return Table::plain(format, vec![issue]);
        }
        if image.photometric_interpretation == "PALETTE COLOR" {
            return Table::palette(image, format);
        }
        Grey::of(image, format, &samples.values).table()
    }

    /// Colour has no window: its values are what is displayed.
    fn plain(format: Format, issues: Vec<Issue>) -> Table {
        let most = f64::from((1u32 << format.stored) - 1);
        let values = format
            .containers()
            .map(|c| grey(f64::from(format.value(c)) / most))
            .collect();
        Table { values, issues }
    }

    /// PS3.3 C.7.6.3.1.5: stored values point into three tables.
    fn palette(image: &ImageModule, format: Format) -> Table {
        let issue = Issue::at(IssueCode::FrameUnsuitable, "PhotometricInterpretation").detail("palette");
        let [red, green, blue] = &image.palettes;
        let level = |lut: &Lut, stored: i32| {
            let last = lut.data.len().saturating_sub(1);
            let at = usize::try_from(stored - i32::from(lut.first)).unwrap_or(0).min(last);
            let most = f64::from((1u32 << lut.bits.clamp(1, 16)) - 1);
            lut.data.get(at).map_or(0.0, |v| f64::from(*v) / most)
        };
        let values = format
            .containers()
            .map(|c| format.value(c))
            .map(|v| grey(0.299 * level(red, v) + 0.587 * level(green, v) + 0.114 * level(blue, v)))
            .collect();
        Table {
            values,
            issues: vec![issue],
        }
    }

    pub fn get(&self, container: u16) -> u16 {
        self.values.get(usize::from(container)).copied().unwrap_or(0)
    }
}

fn grey(level: f64) -> u16 {
    (level.clamp(0.0, 1.0) * 65_535.0).round() as u16
}

/// The grey pipeline of one image.
struct Grey<'i> {
    format: Format,
    padding: Option<Padding>,
    modality: Modality<'i>,
    voi: Option<Voi<'i>>,
    inverse: bool,
    /// Containers that occur.
    seen: Vec<bool>,
    issues: Vec<Issue>,
}

impl<'i> Grey<'i> {
    fn of(image: &'i ImageModule, format: Format, values: &[u16]) -> Grey<'i> {
        let mut seen = vec![false; usize::from(*format.containers().end()) + 1];
        for value in values {
            if let Some(seen) = seen.get_mut(usize::from(*value)) {
                *seen = true;
            }
        }
        let signed_output = format.signed && image.modality_lut.is_none();
        let mut issues = Vec::new();
        let voi = Voi::of(image, signed_output);
        if voi.is_none() && (image.voi_lut.is_some() || !image.window_width.is_empty()) {
            issues.push(Issue::at(IssueCode::FileOdd, "WindowWidth").detail("voi_unusable"));
        }
        Grey {
            format,
            padding: Padding::of(image, format),
            modality: Modality::of(image, format.signed),
            voi,
            // Where both are given they say the same (PS3.3 C.8.11.3.1.2).
            inverse: image.photometric_interpretation == "MONOCHROME1" || image.presentation_shape == "INVERSE",
            seen,
            issues,
        }
    }

    fn table(mut self) -> Table {
        let range = self.range();
        match (&self.voi, range) {
            (_, None) => self
                .issues
                .push(Issue::new(IssueCode::FrameUnsuitable).detail("constant")),
            (Some(voi), Some((least, most))) if voi.apply(least) == voi.apply(most) => {
                self.issues
                    .push(Issue::at(IssueCode::FileOdd, "WindowWidth").detail("voi_beside_values"));
                self.voi = Some(Voi::Range { least, most });
            }
            (None, Some((least, most))) => self.voi = Some(Voi::Range { least, most }),
            _ => {}
        }
        let values = self.format.containers().map(|c| self.display(c)).collect();
        Table {
            values,
            issues: self.issues,
        }
    }

    /// The modality value of a container, unless it is padding.
    fn modality_value(&self, container: u16) -> Option<f64> {
        let stored = self.format.value(container);
        let padded = self.padding.is_some_and(|padding| padding.contains(container, stored));
        (!padded).then(|| self.modality.apply(stored))
    }

    /// The least and the greatest modality value that occurs; `None` where there are no two.
    fn range(&self) -> Option<(f64, f64)> {
        let occurring = self.format.containers().zip(&self.seen).filter(|(_, seen)| **seen);
        let values = occurring.filter_map(|(container, _)| self.modality_value(container));
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        (least < most).then_some((least, most))
    }

    /// Padding is black, whichever way round the image is.
    fn display(&self, container: u16) -> u16 {
        let level = self.modality_value(container).map(|value| match &self.voi {
            Some(voi) => voi.apply(value),
            None => 0.5,
        });
        match level {
            Some(level) if self.inverse => grey(1.0 - level),
            Some(level) => grey(level),
            None => 0,
        }
    }
}
