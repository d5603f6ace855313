//! The manifests of both sides of a change: those it touches, and, once asked for, all others.

use std::cell::OnceCell;

use super::super::view::{View, folder_of, join};
use super::super::yaml;
use super::Change;
use super::object::Object;
use crate::change::RepoPath;
use crate::risk::kind::Kind;
use crate::risk::language::Language;

/// A larger manifest is generated; it is not looked into.
const MAX_MANIFEST: usize = 512 << 10;

/// A file of manifests.
pub(super) struct File {
    pub(super) path: RepoPath,
    /// Its place among the files of the change; none where the change does not touch it.
    pub(super) source: Option<usize>,
    text: String,
    objects: OnceCell<Vec<Object>>,
}

impl File {
    fn of(path: &RepoPath, source: Option<usize>, bytes: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let fits = text.len() <= MAX_MANIFEST && text.contains("kind") && text.contains(':');
        fits.then(|| Self {
            path: path.clone(),
            source,
            text,
            objects: OnceCell::new(),
        })
    }

    /// Its objects; nothing where it is a template or does not parse.
    pub(super) fn objects(&self) -> &[Object] {
        self.objects.get_or_init(|| {
            let mut objects = Vec::new();
            if !self.is_template() {
                for document in yaml::documents(&self.text).unwrap_or_default() {
                    Object::all(document, &mut objects);
                }
            }
            objects
        })
    }

    /// Whether its values are filled in later.
    pub(super) fn is_template(&self) -> bool {
        ["{{", "{%", "<%"]
            .iter()
            .any(|mark| self.text.contains(mark))
    }

    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        words.iter().all(|word| self.text.contains(word))
    }

    pub(super) fn folder(&self) -> &[u8] {
        folder_of(self.path.as_bytes())
    }
}

/// Everything there is.
pub(super) struct World<'a> {
    result: &'a View<'a>,
    /// The files of the change that hold objects, before it.
    pub(super) old: Vec<File>,
    /// The same after it.
    pub(super) new: Vec<File>,
    touched: Vec<RepoPath>,
    rest: OnceCell<Vec<File>>,
}

impl<'a> World<'a> {
    /// The world of a change; none where it touches no object.
    pub(super) fn of(change: &'a Change<'_>) -> Option<Self> {
        let (base, result) = (change.base.as_ref()?, change.result.as_ref()?);
        let (mut old, mut new, mut touched) = (Vec::new(), Vec::new(), Vec::new());
        for (index, source) in change.sources.iter().enumerate() {
            let diff = &change.files[index];
            touched.extend(
                [&diff.old, &diff.new]
                    .into_iter()
                    .flatten()
                    .map(|s| s.path.clone()),
            );
            if source.language != Language::Yaml || !source.kinds.has(Kind::Config) {
                continue;
            }
            let file =
                |view: &View<'_>, path: &RepoPath| File::of(path, Some(index), view.read(path)?);
            old.extend(diff.old.as_ref().and_then(|side| file(base, &side.path)));
            new.extend(diff.new.as_ref().and_then(|side| file(result, &side.path)));
        }
        let holds = |files: &[File]| files.iter().any(|file| !file.objects().is_empty());
        (holds(&old) || holds(&new)).then(|| Self {
            result,
            old,
            new,
            touched,
            rest: OnceCell::new(),
        })
    }

    /// The manifests that the change does not touch; they are the same on both sides.
    pub(super) fn rest(&self) -> &[File] {
        self.rest.get_or_init(|| {
            let is_manifest = |path: &&RepoPath| {
                let name = path.file_name();
                let yaml = name.ends_with(b".yaml") || name.ends_with(b".yml");
                yaml && !self.touched.contains(path)
            };
            let mut paths: Vec<&RepoPath> =
                self.result.files().iter().filter(is_manifest).collect();
            // The nearest first, so that the bounds leave out what is far away.
            let near = |path: &RepoPath| {
                let files = self.new.iter().chain(&self.old);
                files.map(|file| shared(&file.path, path)).max()
            };
            paths.sort_by_cached_key(|path| std::cmp::Reverse(near(path)));
            paths
                .into_iter()
                .filter_map(|path| File::of(path, None, self.result.read(path)?))
                .collect()
        })
    }

    /// All files of one side: those of the change, then the rest.
    pub(super) fn files(&self, side: Side) -> impl Iterator<Item = &File> {
        let own = match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        };
        own.iter()
            .chain(std::iter::once(()).flat_map(|()| self.rest()))
    }

    /// Whether all was seen that was asked for: only then is what was not found not there.
    pub(super) fn is_whole(&self) -> bool {
        self.rest();
        self.result.missed() == 0
    }

    /// Whether kustomize makes something of a file before it is applied: labels and names may be
    /// added to it.
    pub(super) fn is_kustomized(&self, file: &File) -> bool {
        let mut folder = file.folder();
        loop {
            let here = RepoPath::new(folder);
            let names = [
                &b"kustomization.yaml"[..],
                b"kustomization.yml",
                b"Kustomization",
            ];
            if names.iter().any(|name| self.result.has(&join(&here, name))) {
                return true;
            }
            if folder.is_empty() {
                return false;
            }
            folder = folder_of(folder);
        }
    }

    /// Whether a template near a file may make what it asks for: one that mentions these words, or
    /// that makes its names itself.
    pub(super) fn may_come_from_template(&self, file: &File, words: &[&str]) -> bool {
        let (here, above) = (file.folder(), folder_of(file.folder()));
        let is_below = |folder: &[u8], outer: &[u8]| {
            !outer.is_empty() && folder.starts_with(&[outer, b"/"].concat())
        };
        // What lies apart, a chart of another part of the repository, has its own names.
        let is_near = |other: &File| {
            let folder = other.folder();
            folder == here || is_below(folder, here) || is_below(folder, above)
        };
        self.files(Side::New)
            .filter(|other| other.is_template())
            .any(|other| is_near(other) || other.mentions(words))
    }
}

pub(super) use crate::risk::Side;

/// How many folders two paths share.
fn shared(a: &RepoPath, b: &RepoPath) -> usize {
    let parts = |path: &RepoPath| path.as_bytes().to_vec();
    let (a, b) = (parts(a), parts(b));
    let pairs = a.split(|c| *c == b'/').zip(b.split(|c| *c == b'/'));
    pairs.take_while(|(a, b)| a == b).count()
}
