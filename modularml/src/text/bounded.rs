//! A list in place, which a constant can hold: at most so many items.

/// Up to `N` items in order, and how many were given, so that what is too long can be refused and is never just cut.
#[derive(Clone, Copy)]
pub struct Bounded<T, const N: usize> {
    items: [T; N],
    len: usize,
    given: usize,
}

/// Where the items of one list stand among those of others.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: usize,
    len: usize,
    given: usize,
}

impl Span {
    /// How many items there are.
    pub(crate) const fn len(self) -> usize {
        self.len
    }

    /// Whether all items that were given are there.
    pub(crate) const fn is_whole(self) -> bool {
        self.len == self.given
    }
}

impl<T: Copy, const N: usize> Bounded<T, N> {
    /// No items; `blank` stands where there is none.
    #[must_use]
    pub const fn new(blank: T) -> Self {
        Self { items: [blank; N], len: 0, given: 0 }
    }

    /// Some items, or the first `N` of them.
    #[must_use]
    pub const fn of(blank: T, items: &[T]) -> Self {
        let mut all = Self::new(blank);
        while all.given < items.len() {
            all.push(items[all.given]);
        }
        all
    }

    /// One more item, where there is room.
    pub const fn push(&mut self, item: T) {
        if self.len < N {
            self.items[self.len] = item;
            self.len += 1;
        }
        self.given += 1;
    }

    /// How many items there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The item at a position below [`len`](Self::len); in constant evaluation splitting a slice, as
    /// [`items`](Self::items) does, is the slowest thing there is.
    pub(crate) const fn at(&self, position: usize) -> &T {
        &self.items[position]
    }

    /// The items in order.
    #[must_use]
    pub const fn items(&self) -> &[T] {
        let (used, _) = self.items.split_at(self.len);
        used
    }

    /// How many items were given, also where there was no room for them.
    #[must_use]
    pub const fn given(&self) -> usize {
        self.given
    }

    /// Whether all items that were given are there.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.len == self.given
    }

    /// Appends a list as a whole, and tells where it stands; one for which there is no room stands nowhere.
    pub(crate) const fn append(&mut self, list: &Self) -> Span {
        let start = self.len;
        let len = if list.is_whole() && list.len <= N - self.len { list.len } else { 0 };
        while self.len < start + len {
            self.items[self.len] = list.items[self.len - start];
            self.len += 1;
        }
        self.given = self.len;
        Span { start, len, given: list.given }
    }

    /// The item at a position of the list that stands there.
    pub(crate) const fn within(&self, span: Span, position: usize) -> T {
        self.items[span.start + position]
    }

    /// The list that stands there.
    pub(crate) const fn part(&self, blank: T, span: Span) -> Self {
        let mut part = Self::new(blank);
        while part.len < span.len {
            part.items[part.len] = self.items[span.start + part.len];
            part.len += 1;
        }
        part.given = span.given;
        part
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Bounded<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.given == other.given && self.items.iter().take(self.len).eq(other.items.iter().take(other.len))
    }
}
