//! Prints the longest lines of its standard input, the longest first, each once.
//!
//!     longest-lines [how many, 3 by default]

use std::collections::BTreeSet;
use std::io::{self, BufRead};
use std::process;

fn main() {
    let wanted = match std::env::args().nth(1).map(|word| word.parse::<usize>()) {
        None => 3,
        Some(Ok(number)) => number,
        Some(Err(_)) => {
            eprintln!("usage: longest-lines [how many]");
            process::exit(2);
        }
    };
    let mut longest: BTreeSet<(usize, String)> = BTreeSet::new();
    for line in io::stdin().lock().lines() {
        match line {
            Ok(line) => longest.insert((line.chars().count(), line)),
            Err(error) => {
                eprintln!("longest-lines: {error}");
                process::exit(1);
            }
        };
        while longest.len() > wanted {
            let shortest = longest.iter().next().cloned();
            shortest.map(|entry| longest.remove(&entry));
        }
    }
    for (length, line) in longest.iter().rev() {
        println!("{length:4} {line}");
    }
}
