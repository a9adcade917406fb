//! A mapping set that is not exactly right refuses to load and says where.

use bodysite_mapping::Mapper;
use bodysite_terminology::Terminology;

const COLUMNS: &str = "subject_label\tsubject_category\tpredicate_id\tobject_id\tobject_label\tmapping_justification\t\
    author_id\treviewer_id\tconfidence\tcomment\n";
const PROVENANCE: &str = "semapv:ManualMappingCuration\tbodysite:lexicon\t\t0.9\t\n";

fn refusal(rows: &[&str]) -> String {
    let rows: String = rows.iter().map(|r| format!("{r}\t{PROVENANCE}")).collect();
    let files = [("lexicon/xx.sssom.tsv".to_owned(), format!("#set\n{COLUMNS}{rows}"))];
    match Mapper::load(&files, Terminology::builtin()) {
        Ok(_) => "loads".to_owned(),
        Err(error) => error.to_string(),
    }
}

const KNEE: &str = "knie\tbody-part\tskos:exactMatch\tSCT:72696002\tKnee";

#[test]
fn a_right_set_loads() {
    assert_eq!(refusal(&[KNEE]), "loads");
}

#[test]
fn every_broken_row_is_named_by_file_row_and_column() {
    let check = |rows: &[&str], expect: &str| {
        assert_eq!(refusal(rows), format!("lexicon/xx.sssom.tsv, row {expect}"), "{rows:?}");
    };
    let order = "subject_label: is out of order (rows are sorted by bytes)";
    check(
        &[KNEE, "hand\tbody-part\tskos:exactMatch\tSCT:85562004\tHand"],
        &format!("4, column {order}"),
    );
    check(&[KNEE, KNEE], "4, column subject_label: the row appears twice");
    check(
        &["knie\tbody-part\tskos:exactMatch\tSCT:72696003\tKnee"],
        "3, column object_id: 72696003 has a wrong check digit",
    );
    check(
        &["knie\tbody-part\tskos:exactMatch\tSCT:10200004\tLiver"],
        "3, column object_id: 10200004 is not a concept that we know",
    );
    check(
        &["knie\tbody-part\tskos:exactMatch\tSCT:72696002\tElbow"],
        "3, column object_label: \"Elbow\" is not the display \"Knee\"",
    );
    check(
        &["knie\tbodypart\tskos:exactMatch\tSCT:72696002\tKnee"],
        "3, column subject_category: \"bodypart\" is no category",
    );
    check(
        &["knie\tbody-part\tskos:near\tSCT:72696002\tKnee"],
        "3, column predicate_id: \"skos:near\" is no predicate",
    );
    check(
        &["ap\tview\tskos:exactMatch\tSCT:72696002\tKnee"],
        "3, column object_id: a word of this category has no concept",
    );
    check(
        &[
            "ap\tnoise\tskos:exactMatch\tsssom:NoTermFound\t",
            "ap\tview\tskos:exactMatch\tsssom:NoTermFound\t",
        ],
        "4, column subject_category: the word is also noise",
    );
    check(
        &["knie\tbody-part\tskos:exactMatch\tSCT:72696002"],
        "3: has 9 cells, not 10",
    );
}

#[test]
fn the_words_of_a_site_win_over_all_others() {
    let row = |label: &str, rest: &str| format!("{label}\t{rest}\t{PROVENANCE}");
    let mul = row("cr 101", "noise\tskos:exactMatch\tsssom:NoTermFound\t")
        + &row("hand", "body-part\tskos:exactMatch\tSCT:85562004\tHand");
    let site = row("101", "body-part\tskos:exactMatch\tSCT:816094009\tChest")
        + &row("hand", "body-part\tskos:broadMatch\tSCT:74670003\tWrist joint");
    let files = [
        ("lexicon/mul.sssom.tsv".to_owned(), format!("{COLUMNS}{mul}")),
        ("site.sssom.tsv".to_owned(), format!("{COLUMNS}{site}")),
    ];
    let mapper = Mapper::load(&files, Terminology::builtin()).unwrap();
    let target = |text: &str| mapper.map(text, Default::default()).targets[0].target.display.clone();
    assert_eq!(
        (target("101"), target("HAND")),
        ("Chest".to_owned(), "Wrist joint".to_owned())
    );
}

#[test]
fn every_row_of_our_own_sets_is_reached_and_hidden_by_none() {
    let findings: Vec<String> = Mapper::builtin().check().iter().map(ToString::to_string).collect();
    assert_eq!(findings, Vec::<String>::new());
}
