//! The documents say what the code says.

use std::{collections::BTreeSet, fs, path::Path};

use presealed::Error;

use crate::architecture::{LEAVES, MAY_IMPORT};

fn read(document: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap()
}

/// The cells of a line of a table that begins with a name in code; none for other lines.
fn row(line: &str) -> Option<Vec<&str>> {
    let cells: Vec<&str> = line
        .strip_prefix("| ")?
        .strip_suffix('|')?
        .split('|')
        .map(str::trim)
        .collect();
    named(cells[0])?;
    Some(cells)
}

fn named(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?
        .strip_suffix('`')
        .filter(|name| !name.contains('`'))
}

/// In the order of `error.rs`, with what happened and what to do.
#[test]
fn the_page_of_errors_has_every_code() {
    let page = read("docs/errors.md");
    let rows: Vec<_> = page.lines().filter_map(row).collect();
    let codes: Vec<&str> = rows.iter().filter_map(|cells| named(cells[0])).collect();
    assert_eq!(codes, Error::CODES);
    for cells in rows {
        assert!(
            cells.len() == 3 && cells.iter().all(|cell| !cell.is_empty()),
            "{cells:?}"
        );
    }
}

#[test]
fn the_readme_is_read_to_its_end() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 200, "README.md has {lines} lines");
}

#[test]
fn the_architecture_has_the_table_of_rooms() {
    let text = read("ARCHITECTURE.md");
    fn rooms(cell: &str) -> Vec<&str> {
        match cell {
            "leaves" => LEAVES.to_vec(),
            _ => Vec::from_iter(named(cell)),
        }
    }
    let imports = |cell: &str| cell.split(", ").flat_map(rooms).map(String::from).collect();
    let written: Vec<(String, BTreeSet<String>)> = text
        .lines()
        .filter_map(row)
        .map(|cells| (named(cells[0]).unwrap().to_string(), imports(cells[2])))
        .collect();
    let allowed = MAY_IMPORT.iter().map(|(room, groups)| {
        let imports = groups.iter().flat_map(|group| group.iter());
        (room.to_string(), imports.map(ToString::to_string).collect())
    });
    assert_eq!(written, allowed.collect::<Vec<_>>());
}
