//! Reads the header of one instance: bounded, without recursion, and no further than it must.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bodysite_core::{Attribute, Header, Issue, IssueCode, Outcome, Raw, Reason, Status};
use sha2::{Digest, Sha256};

use crate::collect::{Collect, Span};
use crate::discover::reason_of;
use crate::element::{Syntax, Tag, Vr};
use crate::image_module::ImageModule;
use crate::inflate::Inflate;
use crate::meta::{Encoding, Meta, failed, read_meta};
use crate::pixel_element::PixelElement;
use crate::sop_class::{self, Kind};
use crate::walk::{Notes, Walk, stop};
use crate::window::{BytesFeed, Feed, SeekFeed, Stop, StreamFeed, Window};

/// What was read of one instance.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// The raw values.
    pub header: Header,
    /// What was odd, with the attribute concerned.
    pub issues: Vec<Issue>,
    /// What was odd, as reason words; sorted, each once.
    pub reasons: Vec<Reason>,
    /// SHA-256, in hexadecimal, over the bytes read up to the pixel data and the file's size.
    pub header_hash: String,
    /// What the header says about the pixels.
    pub image: ImageModule,
    /// Where the pixels are, if there are any.
    pub pixels: Option<PixelElement>,
    pub(crate) plan: Plan,
}

/// What splicing and decoding need to know of an instance beyond its header.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub meta: Meta,
    pub encoding: Encoding,
    pub spans: Vec<Span>,
    pub kind: Kind,
    pub signed: bool,
    pub identity_removed: bool,
    /// Delimiters where none should be, or none where one should: another reader may see other elements.
    pub stray_delimiters: bool,
    /// Instance Coercion DateTime.
    pub coerced_at: Option<String>,
}

/// Reads the header of a file. An error is what became of the file: skipped or failed, with the reason.
pub fn read_header(path: &Path) -> Result<Scanned, Outcome> {
    let (file, size) = open(path)?;
    scan(Box::new(SeekFeed::new(file, size)), Some(size), false)
}

/// Reads the header of an instance in memory.
pub fn scan_bytes(bytes: &[u8]) -> Result<Scanned, Outcome> {
    scan(Box::new(BytesFeed(bytes)), Some(bytes.len() as u64), false)
}

/// Reads the header of an instance from a stream, and the stream to the instance's end.
pub fn scan_reader(reader: impl Read) -> Result<Scanned, Outcome> {
    scan(Box::new(StreamFeed(reader)), None, false)
}

/// Opens a file for reading; never waits for a pipe, never opens a device.
pub(crate) fn open(path: &Path) -> Result<(File, u64), Outcome> {
    let refused = |reason| Outcome::new(Status::Failed, vec![reason]);
    let file = open_without_waiting(path).map_err(|error| refused(reason_of(&error)))?;
    let meta = file.metadata().map_err(|error| refused(reason_of(&error)))?;
    if !meta.is_file() {
        return Err(Outcome::new(Status::Skipped, vec![Reason::NotRegular]));
    }
    Ok((file, meta.len()))
}

#[cfg(unix)]
fn open_without_waiting(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

/// Scans what a feed brings; with `spans`, remembers where every root element is.
pub(crate) fn scan(feed: Box<dyn Feed + '_>, size: Option<u64>, spans: bool) -> Result<Scanned, Outcome> {
    let mut window = Window::new(feed);
    window.hash_with(Sha256::new());
    let meta = read_meta(&mut window)?;
    if sop_class::kind(&meta.sop_class) == Kind::Other(Reason::Dicomdir) {
        return Err(skipped(Reason::Dicomdir));
    }
    let at = window.position();
    let encoding = meta.encoding().map_err(|reason| failed(stop(reason, at)))?;
    let mut window = match encoding.deflated {
        true => inflated(window),
        false => window,
    };
    first_element(&mut window, encoding.syntax).map_err(failed)?;
    let mut collect = Collect::default();
    collect.spans = spans.then(Vec::new);
    let mut walk = Walk::new(&mut window, encoding.syntax, encoding.encapsulated, collect);
    let ended = walk.run();
    let (collect, notes, pixels) = (walk.visit, walk.notes, walk.pixel);
    if let Some(reason) = collect.refused {
        return Err(skipped(reason));
    }
    let finish = Finish {
        meta,
        encoding,
        collect,
        notes,
        pixels,
        size,
    };
    finish.scanned(ended, window)
}

fn inflated<'a>(mut source: Window<'a>) -> Window<'a> {
    let hash = source.take_hash().unwrap_or_default();
    let mut window = Window::new(Box::new(Inflate::new(source)) as Box<dyn Feed + 'a>);
    window.hash_with(hash);
    window
}

fn skipped(reason: Reason) -> Outcome {
    Outcome::new(Status::Skipped, vec![reason])
}

/// Refuses a data set that is plainly not in the transfer syntax declared, before lengths are believed.
fn first_element(window: &mut Window<'_>, syntax: Syntax) -> Result<(), Stop> {
    let left = window.left();
    let at = window.position();
    let Some(&[g0, g1, _, _, v0, v1, l0, l1]) = window.peek(8)?.first_chunk::<8>() else {
        return Ok(());
    };
    let swapped = match syntax {
        Syntax::ExplicitBig => g0 != 0 && g1 == 0,
        _ => g0 == 0 && g1 != 0,
    };
    let vr = Vr([v0, v1]);
    let known = vr.is_short() || vr.is_long();
    let implicit_length = u64::from(u32::from_le_bytes([v0, v1, l0, l1]));
    let wrong_vr = match syntax {
        // Two capitals make a length of at least 16 kB, which no first element has.
        Syntax::ImplicitLittle => known,
        _ => !known && implicit_length < 64 * 1024 && left.is_none_or(|left| implicit_length < left),
    };
    match swapped || wrong_vr {
        true => Err(stop(Reason::WrongTs, at)),
        false => Ok(()),
    }
}

struct Finish {
    meta: Meta,
    encoding: Encoding,
    collect: Collect,
    notes: Notes,
    pixels: Option<PixelElement>,
    size: Option<u64>,
}

impl Finish {
    fn scanned(mut self, ended: Result<(), Stop>, mut window: Window<'_>) -> Result<Scanned, Outcome> {
        if let Err(stop) = ended {
            self.tolerate(stop, &mut window)?;
        } else if let Some(reason) = window.oddity() {
            self.notes.add(reason, None);
            self.notes.add(Reason::Malformed, None);
        }
        for reason in std::mem::take(&mut self.meta.oddities) {
            self.notes.add(reason, None);
        }
        for (reason, tag) in self.collect.notes.iter() {
            self.notes.add(reason, tag);
        }
        self.check_identity()?;
        self.check_pixels();
        self.check_side();
        let hash = window.take_hash().unwrap_or_default();
        Ok(self.build(hash))
    }

    /// Once the pixel data was met, the header is complete: what is wrong after that is odd and no more.
    fn tolerate(&mut self, stop: Stop, window: &mut Window<'_>) -> Result<(), Outcome> {
        let lost = stop.input && stop.reason != Reason::LimitInflate;
        let in_pixels =
            self.pixels.is_some() || (stop.reason == Reason::Truncated && begins_pixels(window, self.encoding));
        if lost || !in_pixels {
            return Err(failed(stop));
        }
        self.notes.add(stop.reason, Some(Tag::PIXEL_DATA));
        if self.pixels.as_ref().is_some_and(|p| p.complete) {
            self.notes.add(Reason::TrailingGarbage, None);
            self.notes.add(Reason::Malformed, None);
        }
        Ok(())
    }

    /// UIDs that we cannot do without, and those that should agree.
    fn check_identity(&mut self) -> Result<(), Outcome> {
        let header = &self.collect.header;
        let text = |attribute| header.text(attribute).unwrap_or_default().to_owned();
        let (class, instance) = (text(Attribute::SOPClassUID), text(Attribute::SOPInstanceUID));
        let (study, series) = (text(Attribute::StudyInstanceUID), text(Attribute::SeriesInstanceUID));
        let modality = text(Attribute::Modality);
        let cut = study.is_empty() && series.is_empty() && self.pixels.is_none();
        if instance.is_empty() || cut {
            return Err(Outcome::new(Status::Failed, vec![Reason::MissingRequired]));
        }
        for (value, tag) in [(&class, 0x0008_0016), (&study, 0x0020_000D), (&series, 0x0020_000E)] {
            if value.is_empty() {
                self.notes.add(Reason::MissingRequired, Some(Tag(tag)));
            }
        }
        let differs = |meta: &str, own: &str| !meta.is_empty() && !own.is_empty() && meta != own;
        if differs(&self.meta.sop_class, &class) || differs(&self.meta.sop_instance, &instance) {
            self.notes.add(Reason::BadMeta, Some(Tag(0x0002_0003)));
        }
        if class.is_empty() {
            self.class_of_meta()?;
        }
        if modality.is_empty() {
            self.notes.add(Reason::MissingRequired, Some(Tag(0x0008_0060)));
        } else if sop_class::contradicts_radiograph(&modality) {
            self.notes.add(Reason::Inconsistent, Some(Tag(0x0008_0060)));
        }
        Ok(())
    }

    /// Without a SOP class in the data set, the file meta information's decides.
    fn class_of_meta(&mut self) -> Result<(), Outcome> {
        let kind = match self.meta.sop_class.as_str() {
            "" => Kind::Radiograph,
            uid => sop_class::kind(uid),
        };
        self.collect.kind = Some(kind);
        match kind {
            Kind::Other(reason) => Err(skipped(reason)),
            _ => Ok(()),
        }
    }

    fn check_pixels(&mut self) {
        let image = &self.collect.image;
        let floats = self.collect.has_float_pixels();
        let wrong = match &self.pixels {
            None => !floats,
            Some(pixels) => floats || image.is_wrong() || !fits(pixels, image) || self.collect.has_wrong_offsets(),
        };
        if wrong {
            self.notes.add(Reason::BadPixelModule, None);
        }
    }

    /// Image Laterality and Laterality exclude each other; a modifier should say the same as either.
    fn check_side(&mut self) {
        let header = &self.collect.header;
        let side = |attribute| header.text(attribute).filter(|side| !side.is_empty());
        let (image, series) = (side(Attribute::ImageLaterality), side(Attribute::Laterality));
        let modifier = header
            .region_modifiers
            .iter()
            .find_map(|code| match code.value.as_str() {
                "24028007" | "G-A100" => Some("R"),
                "7771000" | "G-A101" => Some("L"),
                "51440002" | "G-A102" => Some("B"),
                _ => None,
            });
        let contradicts = modifier
            .zip(image.or(series))
            .is_some_and(|(modifier, side)| modifier != side);
        if (image.is_some() && series.is_some()) || contradicts {
            self.notes.add(Reason::Inconsistent, Some(Tag(0x0020_0062)));
        }
    }

    fn build(mut self, mut hash: Sha256) -> Scanned {
        hash.update(self.size.unwrap_or(0).to_le_bytes());
        let patient_check = self.collect.patient_check();
        let mut header = std::mem::take(&mut self.collect.header);
        header.transfer_syntax.clone_from(&self.meta.transfer_syntax);
        header.has_pixel_data = self.pixels.is_some() || self.collect.has_float_pixels();
        header.patient_check = patient_check;
        self.collect.name.hide_in(&mut header);
        if *header.get(Attribute::SOPClassUID) == Raw::Absent && !self.meta.sop_class.is_empty() {
            header.set(Attribute::SOPClassUID, Raw::Present(self.meta.sop_class.clone()));
        }
        let mut reasons: Vec<Reason> = self.notes.reasons().into_iter().collect();
        reasons.sort_by_key(|reason| reason.word());
        Scanned {
            header,
            issues: issues(&self.notes, &self.collect.repaired),
            reasons,
            header_hash: hexadecimal(&hash.finalize()),
            image: self.collect.image,
            pixels: self.pixels,
            plan: Plan {
                meta: self.meta,
                encoding: self.encoding,
                spans: self.collect.spans.unwrap_or_default(),
                kind: self.collect.kind.unwrap_or(Kind::Radiograph),
                signed: self.collect.signed,
                identity_removed: self.collect.identity_removed,
                stray_delimiters: self
                    .notes
                    .iter()
                    .any(|(reason, tag)| reason == Reason::Malformed && tag.is_some_and(|t| t.group() == 0xFFFE)),
                coerced_at: self.collect.coerced_at,
            },
        }
    }
}

/// Whether the file ends inside the header of an element of group 7FE0.
fn begins_pixels(window: &mut Window<'_>, encoding: Encoding) -> bool {
    let group = window.peek(2).ok().and_then(|g| g.first_chunk::<2>().copied());
    group.is_some_and(|group| encoding.syntax.u16(group) == 0x7FE0)
}

/// Whether native pixel data has the length that the image module asks for, and bytes where words would be too long.
fn fits(pixels: &PixelElement, image: &ImageModule) -> bool {
    let Some(length) = pixels.length.map(u64::from) else {
        return true;
    };
    let words = pixels.vr == *b"OB" && image.bits_allocated.unwrap_or(8) > 8;
    !words
        && image
            .native_length()
            .is_some_and(|asked| asked == length || asked + asked % 2 == length)
}

fn issues(notes: &Notes, repaired: &[Attribute]) -> Vec<Issue> {
    let mut issues: Vec<Issue> = notes
        .iter()
        .filter(|(reason, tag)| !(*reason == Reason::BadCharset && is_repaired(*tag, repaired)))
        .map(|(reason, tag)| Issue {
            selector: tag.map(Tag::selector),
            ..Issue::new(IssueCode::FileOdd).detail(reason.word())
        })
        .collect();
    issues.extend(
        repaired
            .iter()
            .map(|a| Issue::at(IssueCode::CharsetRepaired, a.keyword())),
    );
    issues.sort();
    issues.dedup();
    issues
}

fn is_repaired(tag: Option<Tag>, repaired: &[Attribute]) -> bool {
    tag.is_some_and(|tag| repaired.iter().any(|a| a.tag() == (tag.group(), tag.element())))
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}
