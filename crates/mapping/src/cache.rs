//! Answers that were given before, by text, in bounded memory.

use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;

use crate::mapped::Mapped;

/// Texts in a generation; two generations are held.
const GENERATION: usize = 1 << 15;

/// The texts met lately. When the young generation is full it becomes the old one, and what is not asked for again
/// is forgotten with the next change.
#[derive(Debug, Default)]
pub(crate) struct Cache(RwLock<Generations>);

type Answers = HashMap<Box<str>, Arc<Mapped>>;

#[derive(Debug, Default)]
struct Generations {
    young: Answers,
    old: Answers,
}

impl Cache {
    /// The answer to a text, made if it is not known.
    pub fn get_or(&self, text: &str, make: impl FnOnce() -> Mapped) -> Arc<Mapped> {
        let generations = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = generations.young.get(text) {
            return Arc::clone(known);
        }
        let old = generations.old.get(text).cloned();
        drop(generations);
        let answer = old.unwrap_or_else(|| Arc::new(make()));
        let mut generations = self.0.write().unwrap_or_else(PoisonError::into_inner);
        generations.keep(text, &answer);
        answer
    }
}

impl Generations {
    fn keep(&mut self, text: &str, answer: &Arc<Mapped>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(text.into(), Arc::clone(answer));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{Field, Mapper};

    #[test]
    fn what_is_asked_for_stays_and_memory_is_bounded() {
        let knee = Mapper::builtin().map_uncached("KNEE", Field::Bpe);
        let (cache, made) = (Cache::default(), Cell::new(0));
        let ask = |text: &str| {
            cache.get_or(text, || {
                made.set(made.get() + 1);
                knee.clone()
            });
        };
        for i in 0..3 * GENERATION {
            ask("KNEE");
            ask(&format!("text {i}"));
        }
        assert_eq!(made.get(), 3 * GENERATION + 1);
        ask("text 0");
        assert_eq!(made.get(), 3 * GENERATION + 2, "the oldest is forgotten");
        let held = cache.0.read().unwrap();
        assert!(held.young.len() + held.old.len() <= 2 * GENERATION);
    }
}
