//! Arbitrary text as a template: a heredoc around it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    wharf_fuzz::expression(&format!("<<END_OF_TEMPLATE\n{text}\nEND_OF_TEMPLATE\n"));
});
