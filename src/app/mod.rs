//! The state machine of the screen: state, messages, update, effects.
