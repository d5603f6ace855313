//! The policy: its files, its mistakes, and what it decides.

mod asks;
mod compares;
mod files;
mod fixture;
mod glasses;
mod heard;
mod keys;
mod laws;
mod lifts;
mod modes;
mod own_rules;
mod properties;
mod reasons;
mod rejections;
mod scene;
mod told_apart;
