# The commands of a working day; `.ci/run` is what a change has to pass.

# What there is to run.
default:
    @just --list

# The tests, as the README names them.
test *ARGS:
    cargo test {{ARGS}}

# The gate as a deployment host builds it: no terminal crates.
test-gate *ARGS:
    cargo test --no-default-features {{ARGS}}

# Format and lint, both feature sets.
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings
    cargo clippy --all-targets --no-default-features -- -D warnings

# The house rules alone: layers, sizes, paths in pages.
tidy:
    cargo test --test it tidy::

# Everything, as CI does it.
ci:
    .ci/run

# A throw-away world with a queue, and the screen on it.
demo:
    cargo run -- demo
