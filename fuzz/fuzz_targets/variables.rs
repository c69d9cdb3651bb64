//! Arbitrary text as a variable file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf::config::variables;

fuzz_target!(|text: &str| {
    if let Err(problems) = variables::parse(&wharf_fuzz::source(text)) {
        wharf_fuzz::draw(&problems);
    }
});
