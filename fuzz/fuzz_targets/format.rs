//! Arbitrary text as a file to format.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    wharf_fuzz::format(text);
});
