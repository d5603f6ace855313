//! What to look at first and which lines to doubt, with a sentence for each point.
