//! The mapper: sets in, one text to its meaning out, with a bounded cache in front.

use std::sync::{Arc, LazyLock};

use bodysite_core::{BodySite, Concept, Relationship, Side, Step};
use bodysite_terminology::Terminology;
use sha2::{Digest, Sha256};

use crate::cache::Cache;
use crate::calibration::Calibration;
use crate::code::{self, Codes};
use crate::cover::{self, Piece};
use crate::fold::is_unspaced;
use crate::language;
use crate::lexicon::{Lexicon, Spelt};
use crate::load::{self, LoadError};
use crate::mapped::{Field, Mapped, Method};
use crate::policy::Policy;
use crate::row::Row;
use crate::token::{Token, tokens};
use crate::understand::{self, Outcome};
use crate::{repair, sets, shape};

/// The file with the measured confidences.
const CALIBRATION: &str = "calibration.tsv";

/// All mapping sets, indexed. Immutable once loaded, shared by threads.
#[derive(Debug)]
pub struct Mapper {
    pub(crate) lexicon: Lexicon,
    pub(crate) terminology: Terms,
    rows: Vec<Row>,
    calibration: Calibration,
    version: String,
    cache: [Cache; 4],
}

/// The concept tables that the sets were checked against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms(&'static Terminology);

impl std::ops::Deref for Terms {
    type Target = Terminology;

    fn deref(&self) -> &Terminology {
        self.0
    }
}

impl Mapper {
    /// The sets that travel in the program.
    ///
    /// # Panics
    /// Never in a released program: the sets are checked by this crate's tests.
    pub fn builtin() -> &'static Mapper {
        static BUILTIN: LazyLock<Mapper> = LazyLock::new(|| match Mapper::load_builtin() {
            Ok(mapper) => mapper,
            Err(error) => panic!("the built-in mapping sets are tested: {error}"),
        });
        &BUILTIN
    }

    /// Reads the sets that travel in the program once more.
    pub fn load_builtin() -> Result<Mapper, LoadError> {
        Mapper::read_sets(sets::BUILTIN, Terminology::builtin())
    }

    /// Reads and checks sets: pairs of file name (relative to `mappings/`) and text. Files of other kinds are left alone.
    pub fn load(files: &[(String, String)], terminology: &'static Terminology) -> Result<Mapper, LoadError> {
        let mut sorted: Vec<(&str, &str)> = files.iter().map(|(f, t)| (f.as_str(), t.as_str())).collect();
        sorted.sort_unstable();
        Mapper::read_sets(&sorted, terminology)
    }

    fn read_sets(sorted: &[(&str, &str)], terminology: &'static Terminology) -> Result<Mapper, LoadError> {
        let mut calibration = Calibration::default();
        if let Some((file, text)) = sorted.iter().find(|(file, _)| *file == CALIBRATION) {
            calibration = Calibration::read(file, text)?;
        }
        let named = sorted
            .iter()
            .filter_map(|(file, text)| Some((load::set_name(file)?, *file, *text)));
        let sets: Vec<(&str, &str, &str)> = named.collect();
        let names = sets.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let (mut rows, mut words) = (Vec::new(), Vec::new());
        for set in read_all(&sets, terminology) {
            let (more_rows, more_words) = set?;
            rows.extend(more_rows);
            words.extend(more_words);
        }
        if rows.is_empty() {
            return Err(LoadError::Empty);
        }
        Ok(Mapper {
            lexicon: Lexicon::build(names, words),
            terminology: Terms(terminology),
            rows,
            calibration,
            version: version(sorted),
            cache: Default::default(),
        })
    }

    /// SHA-256 over the sets in use, in hexadecimal.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The measured confidence of a class of evidence.
    pub(crate) fn confidence_of(&self, evidence: &str) -> Option<f64> {
        self.calibration.confidence(evidence)
    }

    /// Every row, in the order of the sets.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The name of a row's set (`de`, `mul`, `terms`).
    pub fn set_name(&self, row: &Row) -> &str {
        &self.lexicon.sets[usize::from(row.set)]
    }

    /// Understands one text.
    pub fn map(&self, text: &str, field: Field) -> Arc<Mapped> {
        self.cache[field as usize].get_or(text, || self.map_uncached(text, field))
    }

    /// Understands one text without looking it up or remembering it.
    pub fn map_uncached(&self, text: &str, field: Field) -> Mapped {
        if self.is_overlaid(text) {
            return self.read(text, field);
        }
        if let Some(codes) = code::read(&self.terminology, text) {
            return self.coded(text, codes, field);
        }
        let garbled = repair::is_garbled(text);
        let repaired = || self.repaired(text, field);
        if let Some(repaired) = garbled.then(repaired).flatten() {
            return repaired;
        }
        if let Some(reason) = shape::refuse(text) {
            return refused(text, reason);
        }
        if text.contains('\u{1b}') {
            return refused(text, "unknown_word");
        }
        let first = self.read(text, field);
        if garbled && !first.targets.is_empty() && rests_on_short_words(&first) {
            return refused(text, "unknown_word");
        }
        if first.targets.is_empty() && !garbled && !text.is_ascii() {
            return repaired().unwrap_or(first);
        }
        first
    }

    /// Whether the site's own set has the whole text, be it a number.
    fn is_overlaid(&self, text: &str) -> bool {
        let key = || -> String { tokens(text).iter().map(|t| t.folded.as_str()).collect() };
        self.lexicon.has_overlay() && self.lexicon.overlays(&key())
    }

    /// A text with codes: the words beside them must not say something else.
    fn coded(&self, text: &str, codes: Codes, field: Field) -> Mapped {
        if codes.sites.is_empty() {
            return refused(text, "unknown_code");
        }
        let rest = self.read(&codes.rest, field);
        let targets = |sites: &[BodySite]| -> Vec<_> { sites.iter().map(|s| s.target.code).collect() };
        let contradicts = !rest.targets.is_empty() && targets(&rest.targets) != targets(&codes.sites);
        if contradicts || matches!(rest.reason.as_str(), "person_name" | "place_name" | "out_of_scope") {
            return refused(text, if contradicts { "ambiguous" } else { &rest.reason });
        }
        let evidence = Method::CodeAlias.word();
        Mapped {
            text: text.to_owned(),
            exact: self.exact(&codes.sites),
            laterality: rest
                .laterality
                .filter(|_| understand::has_sides(&self.terminology, &codes.sites)),
            targets: codes.sites,
            method: Method::CodeAlias,
            relationship: Relationship::Equivalent,
            rows: codes.rows,
            evidence: evidence.to_owned(),
            confidence: self.calibration.confidence(evidence),
            reason: "mapped".to_owned(),
            ..rest
        }
    }

    /// The text in another character set, where only one meaning comes of it.
    fn repaired(&self, text: &str, field: Field) -> Option<Mapped> {
        let candidates = repair::candidates(text);
        let read = |utf_8: bool| {
            let fitting = candidates.iter().filter(move |c| c.1 == utf_8);
            let read = |(whole, _): &(String, bool)| self.read_repaired(text, whole, utf_8, field);
            let mut found = fitting.filter_map(read).filter(|m| utf_8 || !rests_on_short_words(m));
            let first = found.next()?;
            found.all(|other| other.targets == first.targets).then_some(first)
        };
        read(true).or_else(|| read(false))
    }

    /// A repaired text counts only where every word of it is known.
    fn read_repaired(&self, text: &str, whole: &str, utf_8: bool, field: Field) -> Option<Mapped> {
        if !repair::is_plausible(text, whole, utf_8) {
            return None;
        }
        let mut mapped = self.read(whole, field);
        let clean = mapped.method != Method::Fuzzy && !mapped.steps.iter().any(|s| s.what == "unknown");
        if mapped.targets.is_empty() || !clean {
            return None;
        }
        if !utf_8 && !is_spelt_so(whole, &mapped.rows) {
            return None;
        }
        mapped.steps.insert(0, step("repair", whole));
        mapped.text = text.to_owned();
        if mapped.method == Method::Exact {
            mapped.method = Method::Normalised;
        }
        mapped.evidence.push_str("+repaired");
        mapped.confidence = self.calibration.confidence(&mapped.evidence);
        Some(mapped)
    }

    fn read(&self, text: &str, field: Field) -> Mapped {
        let pieces = cover::cover(&self.lexicon, tokens(text));
        let policy = Policy { text, field };
        let read = |reading: &_| understand::outcome(&self.lexicon, &self.terminology, &pieces, reading, policy);
        let mut outcomes: Vec<Outcome> = language::readings(&self.lexicon, &pieces).iter().map(read).collect();
        let several = outcomes.len() > 1;
        let outcome = match outcomes.len() {
            1 => outcomes.remove(0),
            _ => agree(outcomes, &pieces),
        };
        self.mapped(text, &pieces, outcome, several)
    }

    fn mapped(&self, text: &str, pieces: &[Piece], outcome: Outcome, several: bool) -> Mapped {
        let method = self.method(text, pieces, &outcome);
        let evidence = evidence(method, &outcome, several);
        Mapped {
            text: text.to_owned(),
            exact: self.exact(&outcome.sites),
            confidence: self.calibration.confidence(&evidence),
            evidence,
            method,
            targets: outcome.sites,
            laterality: outcome.side,
            view: outcome.views,
            relationship: outcome.relationship,
            rows: outcome.rows,
            steps: outcome.steps,
            reason: outcome.reason.to_owned(),
            ambiguous: outcome.ambiguous,
        }
    }

    fn method(&self, text: &str, pieces: &[Piece], outcome: &Outcome) -> Method {
        if outcome.sites.is_empty() {
            return Method::None;
        }
        if outcome.evidence.corrected {
            return Method::Fuzzy;
        }
        match (pieces, &outcome.rows[..]) {
            ([_], [row])
                if row
                    .split_once('#')
                    .is_some_and(|(_, label)| label == text.to_lowercase()) =>
            {
                Method::Exact
            }
            ([_], _) => Method::Normalised,
            _ => Method::Grammar,
        }
    }

    fn exact(&self, sites: &[BodySite]) -> Option<Concept> {
        match sites {
            [] => None,
            [one] => one.exact.clone(),
            several => {
                let ids: Vec<_> = several.iter().map(|s| s.target.code).collect();
                self.terminology.combination(&ids).cloned()
            }
        }
    }
}

/// The class of evidence that a confidence is measured for.
fn evidence(method: Method, outcome: &Outcome, several: bool) -> String {
    let mut class = method.word().to_owned();
    let flags = [
        (outcome.sites.len() > 1, "+several"),
        (outcome.evidence.split, "+split"),
        (outcome.evidence.unknown > 0, "+unknown"),
        (several, "+languages"),
    ];
    if method != Method::None {
        class.extend(flags.iter().filter(|f| f.0).map(|f| f.1));
    }
    class
}

/// Whether every accent of a repaired text is one that a row has: `NOSÈ` is no `nose`.
fn is_spelt_so(whole: &str, rows: &[String]) -> bool {
    let accented = |t: &Token| !t.natural.is_ascii() && !t.is_unspaced();
    let mut words = tokens(whole).into_iter().filter(accented);
    words.all(|t| rows.iter().any(|r| r.contains(&t.natural)))
}

/// Whether a part is named only by a word that damage may make by chance: `tho`, `c1`.
fn rests_on_short_words(mapped: &Mapped) -> bool {
    let is_long = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        letters >= if text.is_ascii() { 4 } else { 3 } || text.chars().any(is_unspaced)
    };
    !mapped.steps.iter().any(|s| s.what == "match" && is_long(&s.text))
}

type Set = (Vec<Row>, Vec<Spelt>);

/// Reads the sets, each in a thread of its own, and gives them in their order.
fn read_all(sets: &[(&str, &str, &str)], terminology: &'static Terminology) -> Vec<Result<Set, LoadError>> {
    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(sets.len());
        for (index, &(_, file, text)) in (0u16..).zip(sets) {
            threads.push(scope.spawn(move || {
                let rows = load::read_set(file, text, index, terminology)?;
                let words = Spelt::all(&rows);
                Ok((rows, words))
            }));
        }
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<Set, LoadError>>| match thread.join() {
            Ok(set) => set,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}

/// SHA-256 over the sets and the calibration, in hexadecimal.
fn version(sorted: &[(&str, &str)]) -> String {
    let mut digest = Sha256::new();
    for (file, text) in sorted {
        if *file == CALIBRATION || load::set_name(file).is_some() {
            digest.update(file.as_bytes());
            digest.update([0]);
            digest.update(text.as_bytes());
            digest.update([0]);
        }
    }
    hex(&digest.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn step(what: &str, text: &str) -> Step {
    Step {
        what: what.to_owned(),
        text: text.to_owned(),
        row: None,
    }
}

fn refused(text: &str, reason: &str) -> Mapped {
    Mapped {
        text: text.to_owned(),
        targets: Vec::new(),
        exact: None,
        laterality: None,
        view: Vec::new(),
        method: Method::None,
        relationship: Relationship::NoMap,
        rows: Vec::new(),
        steps: Vec::new(),
        evidence: "none".to_owned(),
        confidence: None,
        reason: reason.to_owned(),
        ambiguous: false,
    }
}

/// What several languages have in common: their agreement, or the one that names a part surely.
fn agree(outcomes: Vec<Outcome>, pieces: &[Piece]) -> Outcome {
    let targets = |o: &Outcome| -> Vec<_> {
        let mut ids: Vec<_> = o.sites.iter().map(|s| s.target.code).collect();
        ids.sort();
        ids
    };
    let side = common_side(&outcomes);
    let mapped: Vec<&Outcome> = outcomes.iter().filter(|o| !o.sites.is_empty()).collect();
    let Some(first) = mapped.first().copied() else {
        let mut none = outcomes.into_iter().next().expect("there is at least one reading");
        none.side = side;
        return none;
    };
    let one_meaning = mapped.iter().all(|o| targets(o) == targets(first));
    let harmless = |o: &Outcome| !o.sites.is_empty() || matches!(o.reason, "noise_only" | "modality_only" | "device");
    let long = pieces.iter().any(|p| p.text.chars().count() >= 4 || !p.text.is_ascii());
    let undisputed = mapped.len() == outcomes.len();
    let mut result = mapped
        .iter()
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
        .map_or_else(|| first.clone(), |o| (*o).clone());
    if one_meaning && (undisputed || (long && outcomes.iter().all(harmless))) {
        if !undisputed || outcomes.iter().any(|o| o.side != result.side) {
            result.side = side.or(result.side.filter(|_| undisputed && all_imply(&outcomes)));
        }
        return result;
    }
    result.sites.clear();
    result.side = side;
    result.reason = "ambiguous";
    result.ambiguous = true;
    result.relationship = Relationship::NoMap;
    result
}

fn common_side(outcomes: &[Outcome]) -> Option<Side> {
    let first = outcomes.first()?.side;
    first.filter(|_| outcomes.iter().all(|o| o.side == first))
}

/// Where one language hears a side in a plural and another does not, the side was still said.
fn all_imply(outcomes: &[Outcome]) -> bool {
    let mut sides: Vec<Side> = outcomes.iter().filter_map(|o| o.side).collect();
    sides.dedup();
    sides.len() == 1
}
