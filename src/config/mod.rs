//! Text → blocks with spans. No value is computed here.
