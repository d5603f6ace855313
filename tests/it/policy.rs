//! The policy: its files, its mistakes, and what it decides.

mod files;
mod fixture;
mod properties;
mod reasons;
mod rejections;
mod scene;
