//! The deployment's question: may this range of commits go?
