//! Shows and knows nothing: human text and JSON of plans, events, states and diagnostics.
