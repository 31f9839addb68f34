//! Reports of an analysis as the strictest clients take them apart.

/// A report as clients take it apart: blocks of keys with their values.
#[derive(Debug, Default)]
pub struct Parsed {
    pub moves: Vec<Vec<(String, Vec<String>)>>,
    pub root: Vec<(String, Vec<String>)>,
    pub ownership: Vec<f64>,
    pub ownership_stdev: Vec<f64>,
}

/// Keys that are followed by many values.
const LISTS: [&str; 5] = [
    "pv",
    "pvVisits",
    "pvEdgeVisits",
    "movesOwnership",
    "movesOwnershipStdev",
];

pub fn parse(line: &str) -> Parsed {
    assert!(line.starts_with("info move "), "{line}");
    let mut parsed = Parsed::default();
    let mut section = "";
    for word in line.split(' ') {
        assert!(!word.is_empty(), "two blanks in {line}");
        match word {
            "info" => {
                parsed.moves.push(Vec::new());
                section = "info";
                continue;
            }
            "rootInfo" | "ownership" | "ownershipStdev" => {
                section = word;
                continue;
            }
            _ => {}
        }
        let number = || {
            word.parse::<f64>()
                .unwrap_or_else(|_| panic!("{word:?} in {section}"))
        };
        let pairs = match section {
            "info" => parsed.moves.last_mut().expect("a block was begun"),
            "rootInfo" => &mut parsed.root,
            "ownership" => {
                parsed.ownership.push(number());
                continue;
            }
            _ => {
                parsed.ownership_stdev.push(number());
                continue;
            }
        };
        let in_list = pairs.last().is_some_and(|(key, values)| {
            LISTS.contains(&key.as_str()) && !LISTS.contains(&word) || values.is_empty()
        });
        match pairs.last_mut() {
            Some((_, values)) if in_list => values.push(word.to_owned()),
            _ => pairs.push((word.to_owned(), Vec::new())),
        }
    }
    parsed
}

pub fn value<'a>(block: &'a [(String, Vec<String>)], key: &str) -> &'a str {
    let found = block.iter().find(|(name, _)| name == key);
    &found.unwrap_or_else(|| panic!("no {key} in {block:?}")).1[0]
}

pub fn keys(block: &[(String, Vec<String>)]) -> Vec<&str> {
    block.iter().map(|(key, _)| key.as_str()).collect()
}

/// All that follows a key.
pub fn values(block: &[(String, Vec<String>)], key: &str) -> String {
    let found = block.iter().find(|(name, _)| name == key);
    found.map_or_else(String::new, |(_, values)| values.join(" "))
}
