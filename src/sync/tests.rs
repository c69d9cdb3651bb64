//! Whole syncs over real directories.
