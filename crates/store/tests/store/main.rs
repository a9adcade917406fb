//! One store, two databases: the ledger's contract, equal rows, and what happens when the database fails.
#![expect(clippy::print_stderr, reason = "a test that did not run says so aloud")]

mod contract;
mod equal;
mod faults;
mod records;
mod server;

use std::path::Path;

use bodysite_store::Store;

fn sqlite_in(folder: &Path) -> Store {
    Store::open(&format!("sqlite:{}", folder.join("bodysite.db").display())).unwrap()
}

/// Every promise, asked of a fresh database of one kind.
macro_rules! promises {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() {
                let folder = tempfile::tempdir().unwrap();
                crate::contract::$name(crate::sqlite_in(folder.path()));
            })+
        }
        mod postgres {
            $(#[test] fn $name() {
                let Some(schema) = crate::server::schema() else { return };
                crate::contract::$name(bodysite_store::Store::open(&schema.url).unwrap());
            })+
        }
    };
}

promises!(
    records_come_back_as_they_were,
    instances_come_in_byte_order_whatever_the_page,
    outcomes_come_in_byte_order_of_their_paths,
    known_tells_what_made_the_answers,
    a_run_has_only_what_it_saw,
    a_batch_written_twice_is_there_once,
    a_file_that_became_unreadable_loses_its_image,
    duplicates_are_those_of_this_run,
    outcomes_can_be_amended,
    studies_replace_those_of_an_earlier_run,
    reviews_come_oldest_first_and_survive_a_reset,
    a_review_changes_answers_and_not_what_was_read,
    runs_are_numbered_and_remembered,
    header_values_are_counted,
);
