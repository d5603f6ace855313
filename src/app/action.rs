//! Everything a key can do, by name: the one list from which the keymap, the help, the palette and
//! `docs/keys.md` are made.

/// A heading of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Reading and getting about.
    Reading,
    /// Verdicts.
    Deciding,
    /// Remarks.
    Remarks,
    /// The queue.
    Queue,
    /// How things look.
    View,
    /// The sheet that is signed.
    Sheet,
    /// A box of words.
    Writing,
    /// The program itself.
    Program,
}

macro_rules! actions {
    ($($section:ident { $($variant:ident $name:literal $says:literal,)+ })+) => {
        /// Something a key can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[doc = $says] $variant,)+)+ }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &[Self] = &[$($(Self::$variant,)+)+];

            /// The name by which a keymap binds it.
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)+)+ }
            }

            /// What it does, in a few words.
            pub const fn says(self) -> &'static str {
                match self { $($(Self::$variant => $says,)+)+ }
            }

            /// Where the help lists it.
            pub const fn section(self) -> Section {
                match self { $($(Self::$variant => Section::$section,)+)+ }
            }
        }
    };
}

actions! {
    Reading {
        Down "down" "down",
        Up "up" "up",
        Top "top" "to the top",
        Bottom "bottom" "to the end",
        HalfDown "half_down" "half a page down",
        HalfUp "half_up" "half a page up",
        PageDown "page_down" "a page down",
        PageUp "page_up" "a page up",
        ReadOn "read_on" "read on: into the diff, a page, the next unseen file",
        ReadBack "read_back" "read back",
        NextHunk "next_hunk" "next hunk",
        PreviousHunk "previous_hunk" "previous hunk",
        NextFile "next_file" "next file",
        PreviousFile "previous_file" "previous file",
        GoToFile "go_to_file" "go to a file by name",
        NextPoint "next_point" "next match in a search, else the next thing to answer",
        PreviousPoint "previous_point" "previous match, or thing to answer",
        WordUses "word_uses" "other uses of the changed word; again: the next word",
        NextChange "next_change" "next change, staying in the diff",
        PreviousChange "previous_change" "previous change, staying in the diff",
        Open "open" "open",
        Back "back" "pan back when lines are cut, else back to the queue",
        Forward "forward" "pan when lines are cut, else open",
        SinceLast "since_last" "what changed since you last looked, without the rebase; again all",
        Compare "compare" "compare any two of base, commits and revisions",
        FileSeen "file_seen" "done with the file: what was not seen is put aside; again takes it back",
        FileSeenNext "file_seen_next" "done with the file, and on to the next unseen",
    }
    Deciding {
        Approve "approve" "approve: the sheet shows exactly what will be signed",
        ApproveMarked "approve_marked" "approve the marked ones together, where policy allows",
        Reject "reject" "reject, with a reason",
        Tick "tick" "mark a row of the queue; answer a finding; take a remark out, or in again",
        Undo "undo" "take back the verdict the message names, while it is still here",
        PushNow "push_now" "push what waits here, now",
    }
    Remarks {
        Comment "comment" "remark on what the cursor is on",
        Select "select" "select lines for a remark",
        CommentChange "comment_change" "remark on the change as a whole",
        PublishRemarks "publish_remarks" "publish the remarks by themselves, without a verdict",
    }
    Queue {
        Search "search" "filter in the queue, search in the diff",
        Later "later" "later: to the end, for this session",
        Snooze "snooze" "snooze: until a new revision, an hour, tomorrow; back where it is snoozed",
        Claim "claim" "take it, or give it back",
        Refresh "refresh" "fetch now, and push what waits here",
        View1 "view_1" "first saved view",
        View2 "view_2" "second saved view",
        View3 "view_3" "third saved view",
        View4 "view_4" "fourth saved view",
        View5 "view_5" "fifth saved view",
        View6 "view_6" "sixth saved view",
        View7 "view_7" "seventh saved view",
        View8 "view_8" "eighth saved view",
        View9 "view_9" "ninth saved view",
        CopyId "copy_id" "copy the id",
        CopyText "copy_text" "copy the text of the line",
    }
    View {
        NextPane "next_pane" "the other pane",
        Fold "fold" "fold or unfold the file or hunk; all lines of a gap, or none",
        Blame "blame" "who last changed the line before, when, in which commit",
        OpenSession "open_session" "open the session the change was made in, in your browser",
        MoreContext "more_context" "more of the file around the hunk, up to all of it",
        LessContext "less_context" "less of the file around the hunk",
        Split "split" "side by side or unified",
        Wrap "wrap" "wrap long lines or cut them",
        Numbers "numbers" "line numbers",
        Whitespace "whitespace" "white space by signs; then without changes of it alone; then plain",
        Themes "themes" "choose a theme, looking at each",
        Details "details" "details: all that is known of the change",
        Log "log" "every verdict on this change",
    }
    Sheet {
        Sign "sign" "sign what the sheet shows",
        RowDown "row_down" "next row that can be answered",
        RowUp "row_up" "previous row that can be answered",
        TickRow "tick_row" "answer the row: pass, fail, does not apply",
        Answer1 "answer_1" "correctness: pass, fail, does not apply",
        Answer2 "answer_2" "security: pass, fail, does not apply",
        Answer3 "answer_3" "performance: pass, fail, does not apply",
        Note "note" "a word that goes with the verdict",
        Bytes "bytes" "the exact bytes that are signed; again back to the sheet",
        CopyCommit "copy_commit" "copy the commit's id",
    }
    Writing {
        Finish "finish" "done",
        NewLine "new_line" "a new line",
        LineUp "line_up" "up; on the first line an earlier text",
        LineDown "line_down" "down",
        CharLeft "char_left" "left",
        CharRight "char_right" "right",
        LineStart "line_start" "to the start of the line",
        LineEnd "line_end" "to the end of the line",
        Backspace "backspace" "delete to the left",
        DeleteChar "delete_char" "delete under the cursor",
        DeleteWord "delete_word" "delete a word to the left",
        DeleteLine "delete_line" "delete to the start of the line",
        Weight "weight" "how much the remark weighs: should, must, nit, note; in a filter take what is offered",
        Editor "editor" "write it in your editor",
    }
    Program {
        Leave "leave" "leave a box, a selection, a search; never the program",
        Quit "quit" "up a level; at the top leave",
        QuitNow "quit_now" "leave",
        EditFile "edit_file" "open the file at this line in your editor",
        Shell "shell" "a shell in a throw-away worktree of the revision",
        Help "help" "all keys",
        Palette "palette" "find a command, or type one: theme nord, goto pool.rs",
        Redraw "redraw" "draw the screen again",
        Suspend "suspend" "suspend",
        Cancel "cancel" "cancel",
    }
}

impl Action {
    /// The saved views, in order.
    pub const VIEWS: [Self; 9] = [
        Self::View1,
        Self::View2,
        Self::View3,
        Self::View4,
        Self::View5,
        Self::View6,
        Self::View7,
        Self::View8,
        Self::View9,
    ];

    /// The action of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|a| a.name() == name)
    }
}

impl Section {
    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Deciding => "deciding",
            Self::Remarks => "remarks",
            Self::Queue => "queue",
            Self::View => "view",
            Self::Sheet => "the sheet",
            Self::Writing => "writing",
            Self::Program => "program",
        }
    }

    /// All headings, in the order of the help.
    pub const ALL: [Self; 8] = [
        Self::Deciding,
        Self::Reading,
        Self::Remarks,
        Self::Queue,
        Self::View,
        Self::Sheet,
        Self::Writing,
        Self::Program,
    ];
}
