//! JPEG-LS (ITU-T T.87): lossless and near-lossless, one component or components by line or in scans of their own.

use super::{Codec, Reader, Samples};
use crate::frame::FrameFailure;

const START_OF_FRAME: u8 = 0xF7;
const PARAMETERS: u8 = 0xF8;
const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: u8 = 0xD9;
const RESTART_INTERVAL: u8 = 0xDD;

/// T.87 A.2.1: run lengths by run index, as powers of two.
const RUN_LENGTHS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

/// Decodes one image.
pub(crate) fn decode(bytes: &[u8], limit: u64) -> Result<Samples, FrameFailure> {
    let mut reader = Reader::new(bytes);
    let mut image = None;
    let mut preset = Preset::default();
    loop {
        match reader.marker().ok_or(FrameFailure::Codec)? {
            0xD8 => {}
            END_OF_IMAGE => return Err(FrameFailure::Codec),
            START_OF_FRAME => image = Some(Image::new(reader.segment().ok_or(FrameFailure::Codec)?, limit)?),
            PARAMETERS => preset.take(reader.segment().ok_or(FrameFailure::Codec)?)?,
            RESTART_INTERVAL => no_restarts(reader.segment().ok_or(FrameFailure::Codec)?)?,
            START_OF_SCAN => {
                let header = reader.segment().ok_or(FrameFailure::Codec)?;
                let image = image.as_mut().ok_or(FrameFailure::Codec)?;
                let used = image.scan(header, &preset, reader.rest())?;
                reader.skip(used);
                if image.is_complete() {
                    return Ok(image.take());
                }
            }
            _ => {
                reader.segment().ok_or(FrameFailure::Codec)?;
            }
        }
    }
}

fn no_restarts(segment: &[u8]) -> Result<(), FrameFailure> {
    match segment.iter().all(|b| *b == 0) {
        true => Ok(()),
        false => Err(FrameFailure::Unsupported),
    }
}

/// Preset coding parameters of an LSE segment; zero stands for the default.
#[derive(Debug, Clone, Copy, Default)]
struct Preset {
    most: i32,
    thresholds: [i32; 3],
    reset: i32,
}

impl Preset {
    fn take(&mut self, segment: &[u8]) -> Result<(), FrameFailure> {
        let word = |at: usize| match segment.get(at..at + 2) {
            Some([a, b]) => Ok(i32::from(*a) << 8 | i32::from(*b)),
            _ => Err(FrameFailure::Codec),
        };
        match segment.first() {
            Some(1) => {
                *self = Preset {
                    most: word(1)?,
                    thresholds: [word(3)?, word(5)?, word(7)?],
                    reset: word(9)?,
                };
                Ok(())
            }
            // Mapping tables and sizes beyond 65,535.
            Some(2..=4) => Err(FrameFailure::Unsupported),
            _ => Err(FrameFailure::Codec),
        }
    }
}

struct Image {
    width: usize,
    height: usize,
    precision: u32,
    components: usize,
    values: Vec<u16>,
    decoded: usize,
}

impl Image {
    fn new(segment: &[u8], limit: u64) -> Result<Image, FrameFailure> {
        let Some(&[precision, y0, y1, x0, x1, components, ..]) = segment.first_chunk::<6>() else {
            return Err(FrameFailure::Codec);
        };
        let (height, width) = (u16::from_be_bytes([y0, y1]), u16::from_be_bytes([x0, x1]));
        if !(2..=16).contains(&precision) || width == 0 || height == 0 || !matches!(components, 1 | 3) {
            return Err(FrameFailure::Codec);
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > limit {
            return Err(FrameFailure::TooLarge);
        }
        let components = usize::from(components);
        Ok(Image {
            width: usize::from(width),
            height: usize::from(height),
            precision: u32::from(precision),
            components,
            values: vec![0; usize::from(width) * usize::from(height) * components],
            decoded: 0,
        })
    }

    fn is_complete(&self) -> bool {
        self.decoded == self.components
    }

    fn take(&mut self) -> Samples {
        Samples {
            width: self.width,
            height: self.height,
            channels: self.components,
            planar: true,
            values: std::mem::take(&mut self.values),
            codec: Codec::Patterns,
        }
    }

    /// Decodes one scan; gives how many bytes it had.
    fn scan(&mut self, header: &[u8], preset: &Preset, data: &[u8]) -> Result<usize, FrameFailure> {
        let count = usize::from(*header.first().ok_or(FrameFailure::Codec)?);
        let Some(&[near, interleave, _]) = header.get(1 + 2 * count..).and_then(|rest| rest.first_chunk::<3>()) else {
            return Err(FrameFailure::Codec);
        };
        // Components interleaved by sample (2) share their runs.
        let interleaved = match (count, interleave) {
            (1, 0..=2) => 1,
            (3, 1) => 3,
            _ => return Err(FrameFailure::Unsupported),
        };
        if self.decoded + interleaved > self.components {
            return Err(FrameFailure::Codec);
        }
        let coding = Coding::new(self.precision, i32::from(near), preset)?;
        let mut scan = Scan::new(coding, data);
        let plane = self.width * self.height;
        let mut lines: Vec<Line> = (0..interleaved).map(|_| Line::new(self.width)).collect();
        for y in 0..self.height {
            for (component, line) in lines.iter_mut().enumerate() {
                scan.line(line)?;
                let at = (self.decoded + component) * plane + y * self.width;
                let out = self.values.get_mut(at..at + self.width).unwrap_or_default();
                line.copy_to(out);
            }
        }
        self.decoded += interleaved;
        Ok(scan.bits.position())
    }
}

/// T.87 Annex C: what the coding depends on.
#[derive(Debug, Clone, Copy)]
struct Coding {
    most: i32,
    near: i32,
    thresholds: [i32; 3],
    reset: i32,
    range: i32,
    /// Bits of a mapped error.
    error_bits: u32,
    limit: u32,
}

impl Coding {
    fn new(precision: u32, near: i32, preset: &Preset) -> Result<Coding, FrameFailure> {
        let highest = (1 << precision) - 1;
        let most = if preset.most == 0 { highest } else { preset.most };
        if most > highest || most < 1 || near > (most / 2).min(255) {
            return Err(FrameFailure::Codec);
        }
        let defaults = default_thresholds(most, near);
        let mut thresholds = preset.thresholds;
        for (threshold, default) in thresholds.iter_mut().zip(defaults) {
            if *threshold == 0 {
                *threshold = default;
            }
        }
        let range = (most + 2 * near) / (2 * near + 1) + 1;
        let bits = ceil_log2(most + 1).max(2);
        Ok(Coding {
            most,
            near,
            thresholds,
            reset: if preset.reset == 0 { 64 } else { preset.reset.max(3) },
            range,
            error_bits: ceil_log2(range),
            limit: 2 * (bits + bits.max(8)),
        })
    }

    /// T.87 A.3.3: gradient to one of nine regions.
    fn region(&self, gradient: i32) -> i32 {
        let [t1, t2, t3] = self.thresholds;
        let size = gradient.abs();
        let region = match size {
            _ if size <= self.near => 0,
            _ if size < t1 => 1,
            _ if size < t2 => 2,
            _ if size < t3 => 3,
            _ => 4,
        };
        if gradient < 0 { -region } else { region }
    }

    /// T.87 A.4.5: prediction and error to a sample.
    fn reconstruct(&self, predicted: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut value = predicted + error * step;
        if value < -self.near {
            value += self.range * step;
        } else if value > self.most + self.near {
            value -= self.range * step;
        }
        value.clamp(0, self.most)
    }
}

fn ceil_log2(value: i32) -> u32 {
    32 - (value - 1).max(0).leading_zeros()
}

/// T.87 C.2.4.1.1.1.
fn default_thresholds(most: i32, near: i32) -> [i32; 3] {
    let clamp = |value: i32, least: i32| if value > most || value < least { least } else { value };
    let (basic, wide) = ([3, 7, 21], [2, 3, 4]);
    let mut least = near + 1;
    let mut thresholds = [0; 3];
    for (at, threshold) in thresholds.iter_mut().enumerate() {
        let (base, floor) = (basic.get(at).copied().unwrap_or(0), wide.get(at).copied().unwrap_or(0));
        let offset = near * (3 + 2 * at as i32);
        let value = if most >= 128 {
            (most.min(4095) + 128) / 256 * (base - floor) + floor + offset
        } else {
            (base / (256 / (most + 1)) + offset).max(floor)
        };
        *threshold = clamp(value, least);
        least = *threshold;
    }
    thresholds
}

/// Statistics of one context.
#[derive(Debug, Clone, Copy, Default)]
struct Context {
    /// Sum of error magnitudes.
    a: i32,
    /// Sum of errors; for run interruptions the count of negative errors.
    b: i32,
    /// Prediction correction.
    c: i32,
    /// Occurrences.
    n: i32,
}

impl Context {
    fn golomb(self, sum: i32) -> u32 {
        (0..24)
            .find(|k| (i64::from(self.n) << k) >= i64::from(sum))
            .unwrap_or(24)
    }

    fn update(&mut self, error: i32, coding: &Coding) {
        self.a += error.abs();
        self.b += error * (2 * coding.near + 1);
        if self.n >= coding.reset {
            self.a >>= 1;
            self.b >>= 1;
            self.n >>= 1;
        }
        self.n += 1;
        if self.b <= -self.n {
            self.b = (self.b + self.n).max(1 - self.n);
            self.c = (self.c - 1).max(-128);
        } else if self.b > 0 {
            self.b = (self.b - self.n).min(0);
            self.c = (self.c + 1).min(127);
        }
    }

    fn update_interruption(&mut self, error: i32, mapped: i32, kind: i32, coding: &Coding) {
        if error < 0 {
            self.b += 1;
        }
        self.a += (mapped + 1 - kind) >> 1;
        if self.n >= coding.reset {
            self.a >>= 1;
            self.b >>= 1;
            self.n >>= 1;
        }
        self.n += 1;
    }
}

/// Two lines of a component, with a sample before and one after.
struct Line {
    above: Vec<i32>,
    current: Vec<i32>,
    width: usize,
    run_index: usize,
}

impl Line {
    fn new(width: usize) -> Line {
        Line {
            above: vec![0; width + 2],
            current: vec![0; width + 2],
            width,
            run_index: 0,
        }
    }

    /// The line just decoded becomes the one above; its edges repeat (T.87 A.2.1).
    fn advance(&mut self) {
        std::mem::swap(&mut self.above, &mut self.current);
        let (first, last) = (self.above.get(1).copied(), self.above.get(self.width).copied());
        if let (Some(edge), Some(last)) = (self.above.get_mut(self.width + 1), last) {
            *edge = last;
        }
        if let (Some(edge), Some(first)) = (self.current.first_mut(), first) {
            *edge = first;
        }
    }

    /// Left, above, above left and above right of the sample at `x`.
    fn around(&self, x: usize) -> (i32, i32, i32, i32) {
        let left = self.current.get(x).copied().unwrap_or(0);
        match self.above.get(x..x + 3) {
            Some(&[c, b, d]) => (left, b, c, d),
            _ => (left, 0, 0, 0),
        }
    }

    fn set(&mut self, x: usize, value: i32) {
        if let Some(place) = self.current.get_mut(x + 1) {
            *place = value;
        }
    }

    fn copy_to(&self, out: &mut [u16]) {
        let decoded = self.current.get(1..).unwrap_or_default();
        for (out, value) in out.iter_mut().zip(decoded) {
            *out = u16::try_from(*value).unwrap_or(u16::MAX);
        }
    }
}

struct Scan<'b> {
    coding: Coding,
    contexts: Vec<Context>,
    interruptions: [Context; 2],
    bits: Bits<'b>,
}

impl<'b> Scan<'b> {
    fn new(coding: Coding, data: &'b [u8]) -> Scan<'b> {
        let a = ((coding.range + 32) / 64).max(2);
        let context = Context {
            a,
            n: 1,
            ..Context::default()
        };
        Scan {
            coding,
            contexts: vec![context; 365],
            interruptions: [context; 2],
            bits: Bits::new(data),
        }
    }

    fn line(&mut self, line: &mut Line) -> Result<(), FrameFailure> {
        line.advance();
        let mut x = 0;
        while x < line.width {
            let (a, b, c, d) = line.around(x);
            let regions = [d - b, b - c, c - a].map(|gradient| self.coding.region(gradient));
            if regions == [0; 3] {
                x = self.run(line, x, a)?;
            } else {
                let value = self.regular(regions, (a, b, c))?;
                line.set(x, value);
                x += 1;
            }
        }
        Ok(())
    }

    fn regular(&mut self, [q1, q2, q3]: [i32; 3], (a, b, c): (i32, i32, i32)) -> Result<i32, FrameFailure> {
        let index = (q1 * 9 + q2) * 9 + q3;
        let sign = if index < 0 { -1 } else { 1 };
        let coding = self.coding;
        let at = usize::try_from(index.abs()).unwrap_or(0);
        let context = self.contexts.get_mut(at).ok_or(FrameFailure::Codec)?;
        let predicted = (predict(a, b, c) + sign * context.c).clamp(0, coding.most);
        let k = context.golomb(context.a);
        let mapped = self.bits.golomb(k, coding.limit, coding.error_bits)?;
        let flipped = coding.near == 0 && k == 0 && 2 * context.b <= -context.n;
        let error = match (mapped % 2 == 0, flipped) {
            (true, false) => mapped / 2,
            (false, false) => -((mapped + 1) / 2),
            (true, true) => -(mapped / 2) - 1,
            (false, true) => mapped / 2,
        };
        context.update(error, &coding);
        Ok(coding.reconstruct(predicted, sign * error))
    }

    /// A run of the sample to the left, and the sample that ends it; gives where it goes on.
    fn run(&mut self, line: &mut Line, start: usize, value: i32) -> Result<usize, FrameFailure> {
        let mut x = start;
        while self.bits.bit()? == 1 {
            let length = 1usize << run_length(line.run_index);
            let filled = length.min(line.width - x);
            (x..x + filled).for_each(|x| line.set(x, value));
            x += filled;
            if filled == length {
                line.run_index = (line.run_index + 1).min(31);
            }
            if x >= line.width {
                return Ok(x);
            }
        }
        let rest = self.bits.take(run_length(line.run_index))? as usize;
        if rest >= line.width - x {
            return Err(FrameFailure::Codec);
        }
        (x..x + rest).for_each(|x| line.set(x, value));
        x += rest;
        let above = line.around(x).1;
        let ending = self.interruption(value, above, line.run_index)?;
        line.set(x, ending);
        line.run_index = line.run_index.saturating_sub(1);
        Ok(x + 1)
    }

    fn interruption(&mut self, left: i32, above: i32, run_index: usize) -> Result<i32, FrameFailure> {
        let coding = self.coding;
        let same = (left - above).abs() <= coding.near;
        let kind = i32::from(same);
        let [differs, equals] = &mut self.interruptions;
        let context = if same { equals } else { differs };
        let sum = if same { context.a + (context.n >> 1) } else { context.a };
        let k = context.golomb(sum);
        let limit = coding.limit.saturating_sub(run_length(run_index) + 1);
        let mapped = self.bits.golomb(k, limit, coding.error_bits)?;
        let doubled = mapped + kind;
        let odd = doubled % 2;
        let size = (doubled + odd) / 2;
        let negative = (k != 0 || 2 * context.b >= context.n) == (odd == 1);
        let error = if negative { -size } else { size };
        context.update_interruption(error, mapped, kind, &coding);
        let sign = if !same && left > above { -1 } else { 1 };
        let predicted = if same { left } else { above };
        Ok(coding.reconstruct(predicted, sign * error))
    }
}

fn run_length(index: usize) -> u32 {
    RUN_LENGTHS.get(index).copied().unwrap_or(15)
}

/// T.87 A.4.1: the median of left, above and their plane.
fn predict(a: i32, b: i32, c: i32) -> i32 {
    if c >= a.max(b) {
        a.min(b)
    } else if c <= a.min(b) {
        a.max(b)
    } else {
        a + b - c
    }
}

/// Bits of a scan; the byte after 0xFF has seven (T.87 A.1).
struct Bits<'b> {
    data: &'b [u8],
    at: usize,
    held: u64,
    count: u32,
    after_ff: bool,
}

impl<'b> Bits<'b> {
    fn new(data: &'b [u8]) -> Bits<'b> {
        Bits {
            data,
            at: 0,
            held: 0,
            count: 0,
            after_ff: false,
        }
    }

    /// Where the next marker can be looked for.
    fn position(&self) -> usize {
        self.at
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let Some(&byte) = self.data.get(self.at) else {
                return;
            };
            if self.after_ff && byte >= 0x80 {
                return;
            }
            let bits = if self.after_ff { 7 } else { 8 };
            // A marker's own 0xFF is no data.
            if byte == 0xFF && self.data.get(self.at + 1).is_none_or(|next| *next >= 0x80) {
                return;
            }
            self.held = self.held << bits | u64::from(byte);
            self.count += bits;
            self.after_ff = byte == 0xFF;
            self.at += 1;
        }
    }

    fn take(&mut self, bits: u32) -> Result<u32, FrameFailure> {
        if self.count < bits {
            self.fill();
        }
        if self.count < bits {
            return Err(FrameFailure::Truncated);
        }
        self.count -= bits;
        let value = self.held >> self.count & ((1 << bits) - 1);
        Ok(u32::try_from(value).unwrap_or(0))
    }

    fn bit(&mut self) -> Result<u32, FrameFailure> {
        self.take(1)
    }

    /// T.87 A.5.3: a Golomb code of limited length.
    fn golomb(&mut self, k: u32, limit: u32, error_bits: u32) -> Result<i32, FrameFailure> {
        let most = limit.saturating_sub(error_bits + 1);
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > most {
                return Err(FrameFailure::Codec);
            }
        }
        let value = match zeros < most {
            true => u64::from(zeros) << k | u64::from(self.take(k)?),
            false => u64::from(self.take(error_bits)?) + 1,
        };
        i32::try_from(value)
            .ok()
            .filter(|v| *v < 1 << 20)
            .ok_or(FrameFailure::Codec)
    }
}
