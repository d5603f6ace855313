//! The change that the scanners were run on: each file before and after it. The reports beside
//! this file were made of the state after it, below `/builds/shop`.

/// Path, before, after.
pub const FILES: [(&str, &str, &str); 4] = [
    (
        "shop/orders.py",
        r#"import os
import pickle
import subprocess


def key():
    password = "hunter2-hunter2"
    return password
"#,
        r#"import os
import pickle
import subprocess


def export(name, rows):
    subprocess.call("tar czf /tmp/%s.tgz ." % name, shell=True)
    return len(rows)


def load(path):
    with open(path, "rb") as f:
        return pickle.load(f)


def key():
    password = "hunter2-hunter2"
    return password
"#,
    ),
    (
        "web/cart.js",
        r#"function total(items) {
  var sum = 0;
  for (const item of items) {
    if (item.price == null) continue;
    sum += item.price;
  }
  return sum;
}
module.exports = { total };
"#,
        r#"function total(items) {
  var sum = 0;
  for (const item of items) {
    if (item.price == null) continue;
    sum += eval(item.price);
  }
  const unused = 1;
  return sum;
}
module.exports = { total };
"#,
    ),
    (
        ".github/workflows/build.yml",
        r#"name: build
on:
  pull_request_target:
    branches: [main]
permissions: write-all
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"#,
        r#"name: build
on:
  pull_request_target:
    branches: [main]
permissions: write-all
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: echo "${{ github.event.pull_request.title }}"
"#,
    ),
    (
        "edge/src/lib.rs",
        r#"//! A pool of connections.

/// Counts what is open.
pub fn open(items: &Vec<u32>) -> usize {
    items.len()
}
"#,
        r#"//! A pool of connections.

/// Counts what is open.
pub fn open(items: &Vec<u32>) -> usize {
    let mut n = 0;
    for i in 0..items.len() {
        if items[i] > 0 {
            n = n + 1;
        }
    }
    return n;
}
"#,
    ),
];
