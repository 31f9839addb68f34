//! By how much the evaluator is off where the same thing has just been played: subtree value bias correction.
//!
//! Positions that the same two moves led to, with the same stones around the last of them, share a bucket. What searches
//! below some of them found, as against their evaluations, shifts the utility that the evaluations of all have in the
//! search, in other variations too, where nobody has looked yet; chances and scores stay as the evaluator says. After
//! KataGo's method of that name (its document on methods), which reports 30 to 60 Elo.
//!
//! Trees of other games, rules and komi share no buckets: KataGo drops its search there.

use super::tree::{Table, rehash};
use crate::go::{Board, Game, Point, Size};
use crate::hash::splitmix64;

/// What stays with a bucket of a node that leaves the tree, or the subtree of the root. KataGo `subtreeValueBiasFreeProp` is
/// the rest.
const KEPT: f64 = 0.2;
/// Below this weight a bucket knows nothing. KataGo's bound.
const LEAST_WEIGHT: f64 = 0.001;
/// No bucket.
const NONE: u32 = u32::MAX;
/// Points to each side of the last move that matter, as in KataGo.
const REACH: usize = 2;

/// All buckets of a tree.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    /// How often everything was faded.
    round: u32,
    places: Table<u64, u32>,
    /// What `places` can hold: it says less itself when entries have been removed.
    capacity: usize,
    buckets: Vec<Bucket>,
    free: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    key: u64,
    members: u32,
    /// Sum of the weights times White's utility below a member less that of its evaluation.
    error: f64,
    weight: f64,
}

/// A node's place in a bucket, and its part of the sums there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    bucket: u32,
    /// The round in which it told its part, which has faded since.
    round: u32,
    error: f32,
    weight: f32,
}

impl Default for Member {
    fn default() -> Member {
        Member {
            bucket: NONE,
            round: 0,
            error: 0.0,
            weight: 0.0,
        }
    }
}

impl Member {
    /// Error and weight that it told, by now.
    fn told(&self, round: u32) -> (f64, f64) {
        let left = (round - self.round).min(100);
        let kept = (0..left).fold(1.0, |kept, _| kept * KEPT);
        (kept * f64::from(self.error), kept * f64::from(self.weight))
    }
}

impl Buckets {
    /// A new member of the bucket with this key.
    pub(crate) fn join(&mut self, key: u64) -> Member {
        let place = *self.places.entry(key).or_insert_with(|| {
            let bucket = Bucket {
                key,
                ..Bucket::default()
            };
            match self.free.pop() {
                Some(place) => {
                    self.buckets[place as usize] = bucket;
                    place
                }
                None => {
                    self.buckets.push(bucket);
                    self.buckets.len() as u32 - 1
                }
            }
        });
        self.capacity = self.capacity.max(self.places.capacity());
        self.buckets[place as usize].members += 1;
        Member {
            bucket: place,
            round: self.round,
            ..Member::default()
        }
    }

    /// Ends a membership.
    pub(crate) fn leave(&mut self, member: Member) {
        let Some(bucket) = self.buckets.get_mut(member.bucket as usize) else {
            return;
        };
        let (error, weight) = member.told(self.round);
        bucket.members -= 1;
        bucket.error -= (1.0 - KEPT) * error;
        bucket.weight -= (1.0 - KEPT) * weight;
        if bucket.members == 0 {
            self.places.remove(&bucket.key);
            *bucket = Bucket::default();
            self.free.push(member.bucket);
        }
    }

    /// Puts what is known by now in the place of what a member told before: White's utility below it less that of its
    /// evaluation, and what weight that has.
    pub(crate) fn tell(&mut self, member: &mut Member, error: f64, weight: f64) {
        let Some(bucket) = self.buckets.get_mut(member.bucket as usize) else {
            return;
        };
        let before = member.told(self.round);
        member.round = self.round;
        member.error = (error * weight) as f32;
        member.weight = weight as f32;
        bucket.error += f64::from(member.error) - before.0;
        bucket.weight += f64::from(member.weight) - before.1;
    }

    /// Takes most of the weight from all that was told, for a new root: what is visited below it is told again, so that this
    /// ages what is not. Means stay.
    pub(crate) fn fade(&mut self) {
        self.round += 1;
        for bucket in &mut self.buckets {
            bucket.error *= KEPT;
            bucket.weight *= KEPT;
        }
    }

    /// By how much the evaluations of the member's bucket fall short of White's utility, as far as is known.
    pub(crate) fn mean(&self, member: &Member) -> f64 {
        match self.buckets.get(member.bucket as usize) {
            Some(bucket) if bucket.weight > LEAST_WEIGHT => bucket.error / bucket.weight,
            _ => 0.0,
        }
    }

    /// Bytes that a few new members may take at once, beside those of [`Buckets::bytes`].
    pub(crate) fn growth(&self, members: usize) -> usize {
        let mut growth = 0;
        if self.places.len() + members > self.capacity {
            growth += self.capacity * (size_of::<(u64, u32)>() + 1);
        }
        if self.free.len() < members && self.buckets.len() + members > self.buckets.capacity() {
            growth += self.buckets.capacity() * size_of::<Bucket>();
        }
        growth
    }

    /// As [`super::tree::Tree::rehash`].
    pub(crate) fn rehash(&mut self) {
        rehash(&mut self.places, self.capacity);
    }

    /// Bytes that the buckets take.
    pub(crate) fn bytes(&self) -> usize {
        self.capacity * (size_of::<(u64, u32)>() + 1)
            + self.buckets.capacity() * size_of::<Bucket>()
            + self.free.capacity() * size_of::<u32>()
    }
}

/// What the position of a game has in common with others of its bucket: the family of its tree, player to move, the last two
/// moves, the ko, and the stones around the last move with those in atari told apart, all of them after it. None after a
/// pass, which lies nowhere, and before the second move, when a bucket would hold one position.
pub(crate) fn key(game: &Game, family: u64) -> Option<u64> {
    let [.., before, last] = game.moves() else {
        return None;
    };
    let (size, board) = (game.size(), game.board());
    let number = |mv| size.policy_index(mv) as u64;
    let mut key = splitmix64(number(before.mv) << 16 | number(last.mv) << 1 | last.color as u64);
    key = splitmix64(key ^ family);
    if let Some(ko) = board.ko_point() {
        key = splitmix64(key ^ (1 + size.index_of(ko) as u64));
    }
    Some(splitmix64(key ^ surroundings(board, last.mv.point()?)))
}

/// The stones near a point, hashed.
fn surroundings(board: &Board, center: Point) -> u64 {
    // Which points are on the board follows from the move, so that the edge needs no mark.
    around(board.size(), center, REACH).fold(0u64, |key, point| {
        splitmix64(key.rotate_left(3) ^ state(board, point))
    })
}

/// The points of the board in the square that reaches so many to each side of a point, row by row.
pub(super) fn around(size: Size, center: Point, reach: usize) -> impl Iterator<Item = Point> {
    let near = move |middle: usize, end: usize| {
        middle.saturating_sub(reach)..(middle + reach + 1).min(end)
    };
    let columns = near(center.x(), size.width());
    let rows = near(center.y(), size.height());
    rows.flat_map(move |y| columns.clone().map(move |x| Point::at(x, y)))
}

/// What is on a point: 0 for nothing, else a number up to 4 that tells the colour, and whether the stone is in atari.
pub(super) fn state(board: &Board, point: Point) -> u64 {
    board.stone(point).map_or(0, |color| {
        1 + color as u64 + 2 * u64::from(board.liberties(point) == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{Color, Move, Rules};

    #[test]
    fn members_share_what_they_have_seen() {
        let mut buckets = Buckets::default();
        let mut seen = buckets.join(7);
        let unseen = buckets.join(7);
        let other = buckets.join(8);
        assert_eq!(buckets.mean(&unseen), 0.0);
        buckets.tell(&mut seen, 0.5, 3.0);
        // What is told later takes the place of what was told before.
        buckets.tell(&mut seen, 0.25, 4.0);
        assert_eq!((buckets.mean(&unseen), buckets.mean(&other)), (0.25, 0.0));
        let mut against = buckets.join(7);
        buckets.tell(&mut against, -0.75, 4.0);
        assert_eq!(buckets.mean(&unseen), -0.25);
        // A fifth of what was told stays: (0.25 * 4 - 0.75 * 0.8) / 4.8.
        buckets.leave(against);
        assert!((buckets.mean(&unseen) - 0.4 / 4.8).abs() < 1e-6);
        assert_eq!(buckets.mean(&Member::default()), 0.0);
    }

    #[test]
    fn what_is_not_told_again_fades() {
        let mut buckets = Buckets::default();
        let (mut near, mut far) = (buckets.join(7), buckets.join(7));
        buckets.tell(&mut near, 0.5, 1.0);
        buckets.tell(&mut far, -0.5, 1.0);
        buckets.fade();
        assert_eq!(buckets.mean(&near), 0.0, "as before: all have less weight");
        buckets.tell(&mut near, 0.5, 1.0);
        assert!((buckets.mean(&near) - (0.5 - 0.1) / 1.2).abs() < 1e-6);
        buckets.fade();
        buckets.tell(&mut far, -0.5, 1.0);
        buckets.tell(&mut near, 0.5, 1.0);
        assert!(buckets.mean(&near).abs() < 1e-6, "both are told again");
        buckets.leave(near);
        buckets.leave(far);
    }

    #[test]
    fn empty_buckets_are_used_again() {
        let mut buckets = Buckets::default();
        for key in 0..1000 {
            let mut member = buckets.join(key);
            buckets.tell(&mut member, 1.0, 1.0);
            buckets.leave(member);
            assert_eq!(buckets.mean(&member), 0.0);
        }
        assert_eq!((buckets.buckets.len(), buckets.places.len()), (1, 0));
    }

    fn after(moves: &[(usize, usize)]) -> Game {
        let size = Size::square(9).unwrap();
        let mut game = Game::new(size, Rules::named("tromp-taylor").unwrap());
        for &(x, y) in moves {
            let mv = Move::Play(Point::new(x, y).unwrap());
            game.play(game.to_move(), mv).unwrap();
        }
        game
    }

    #[test]
    fn keys_tell_the_last_moves_and_the_stones_around() {
        let key_of = |game: &Game| key(game, 7);
        let common = key_of(&after(&[(0, 0), (8, 8), (4, 4), (4, 5)]));
        assert!(common.is_some());
        assert_eq!(key_of(&after(&[(4, 4)])), None);
        // The same moves last, other stones far away.
        assert_eq!(key_of(&after(&[(0, 8), (8, 0), (4, 4), (4, 5)])), common);
        assert_ne!(key(&after(&[(0, 0), (8, 8), (4, 4), (4, 5)]), 8), common);
        for (what, moves) in [
            ("another move before", [(0, 0), (8, 8), (4, 3), (4, 5)]),
            ("another last move", [(0, 0), (8, 8), (4, 4), (4, 6)]),
            ("a stone nearby", [(0, 0), (6, 6), (4, 4), (4, 5)]),
        ] {
            assert_ne!(key_of(&after(&moves)), common, "{what}");
        }
        let swapped = key_of(&after(&[(8, 8), (4, 4), (4, 5)]));
        assert!(
            swapped.is_some_and(|key| Some(key) != common),
            "the colours"
        );
        // The stone of the move before is in atari in one of them.
        let [atari, free] = [(3, 5), (0, 5)].map(|(x, y)| {
            key_of(&after(&[
                (x, y),
                (4, 4),
                (5, 4),
                (8, 8),
                (4, 3),
                (7, 8),
                (8, 0),
                (3, 4),
            ]))
        });
        assert_ne!(atari, free);
        let mut game = after(&[(0, 0), (8, 8), (4, 4)]);
        game.play(Color::White, Move::Pass).unwrap();
        assert_eq!(key_of(&game), None);
        let mv = Move::Play(Point::new(4, 5).unwrap());
        game.play(Color::Black, mv).unwrap();
        assert!(key_of(&game).is_some_and(|key| Some(key) != common));
        assert_eq!(size_of::<Member>(), 16, "each node has one");
    }
}
