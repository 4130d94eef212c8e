//! May we keep it, how long?
