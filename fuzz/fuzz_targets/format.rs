//! Arbitrary text as a file to format: what comes out means the same, and formatting it again changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf_fuzz::meaning::meaning;

fuzz_target!(|text: &str| {
    let formatted = wharf::format::format(text);
    let Some(tree) = meaning(text) else {
        return;
    };
    let formatted = formatted.expect("what is parsed can be cut into tokens");
    assert_eq!(meaning(&formatted), Some(tree), "{formatted:?}");
    // Of `"${"${x}"}"` one layer goes at a time, and each that goes makes the text shorter.
    let mut last = formatted;
    for _ in 0..text.len() {
        let again = wharf::format::format(&last).expect("what was formatted can be cut into tokens");
        if again == last {
            return;
        }
        assert!(
            again.len() < last.len() && last.contains("\"${"),
            "{last:?} becomes {again:?}"
        );
        last = again;
    }
});
