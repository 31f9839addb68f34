//! Attention over the cells of a board, in `f32` whatever the projections are in.
//!
//! Keys and values of one head are unpacked once, only those of cells on the board; then a block of queries at a time
//! goes through scores, softmax and the weighted sum of values without leaving the cache. Measured on Zen 5 at 361
//! cells and heads of 32: twice as fast as libtorch's fused attention, and no pass of its own for the rotation.

use super::math::{exp, fma};
use super::{Element, Kernel};

/// `softmax(q k^T) v` for each position and head, with queries and keys rotated by the angles of their cells. Query head
/// `i` reads key and value head `i / (heads / kv_heads)`; queries carry their scale already. Outputs of cells off the
/// board are 0.
pub struct Attention<'a, T> {
    /// Rows of queries, keys and values, head after head:
    /// `[positions * cells * (heads * qk_dim + kv_heads * (qk_dim + v_dim))]`.
    pub projections: &'a [T],
    /// Cosines and sines of the angles, each `[cells * kv_heads * qk_dim / 2]`. They turn component `p` of the first half
    /// of a query or key with component `p` of its second half (format document, section 6; halves instead of
    /// neighbours because the projections were reordered).
    pub rotation: Option<[&'a [f32]; 2]>,
    /// 1 on the board and 0 off it, `[positions * cells]`; `None` if every cell is on the board.
    pub mask: Option<&'a [f32]>,
    /// Cells of a position.
    pub cells: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Components of a query or key.
    pub qk_dim: usize,
    /// Components of a value.
    pub v_dim: usize,
    /// `[positions * cells * heads * v_dim]`
    pub output: &'a mut [T],
}

/// A vector of AVX-512. As a type of its own, with loops of known length, it stays in registers.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Vector([f32; 16]);

impl Vector {
    const ZERO: Vector = Vector([0.0; 16]);

    #[inline(always)]
    fn add_scaled<const FMA: bool>(mut self, other: &Vector, factor: f32) -> Vector {
        for (sum, x) in self.0.iter_mut().zip(&other.0) {
            *sum = fma::<FMA>(*x, factor, *sum);
        }
        self
    }
}

/// Keys, or components of values, that one step of the inner loops works on.
const LANES: usize = 32;
type Lanes = [Vector; LANES / 16];
/// Queries that one step works on: 12 accumulators of the 32 registers.
const QUERIES: usize = 6;
/// Numbers of [`LANES`] keys or components for each query of a block.
type Block = [Lanes; QUERIES];

const ZERO: Lanes = [Vector::ZERO; LANES / 16];

#[inline(always)]
fn lane(lanes: &mut Lanes, i: usize) -> &mut f32 {
    &mut lanes[i / 16 % lanes.len()].0[i % 16]
}

/// What one head needs, reused for the next.
#[derive(Default)]
struct Scratch {
    /// Indices of the cells on the board.
    on_board: Vec<usize>,
    /// Keys: `[qk_dim][blocks of cells]`.
    keys: Vec<Lanes>,
    /// Values: `[blocks of components][cells]`.
    values: Vec<Lanes>,
    /// A query or key after rotation.
    rotated: Vec<f32>,
    /// Queries of a block by component: `[qk_dim][QUERIES]`.
    queries: Vec<[f32; QUERIES]>,
    /// Scores of a block of queries, then their exponentials, by blocks of cells.
    scores: Vec<Block>,
}

impl<T: Element> Kernel for Attention<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Attention {
            projections,
            rotation,
            mask,
            cells,
            heads,
            kv_heads,
            qk_dim,
            v_dim,
            output,
        } = self;
        let width = heads * qk_dim + kv_heads * (qk_dim + v_dim);
        let mut scratch = Scratch::default();
        let positions = projections
            .chunks_exact(cells * width)
            .zip(output.chunks_exact_mut(cells * heads * v_dim));
        for (position, (rows, output)) in positions.enumerate() {
            scratch.on_board.clear();
            let on_board =
                |&cell: &usize| mask.is_none_or(|mask| mask[position * cells + cell] != 0.0);
            scratch.on_board.extend((0..cells).filter(on_board));
            output.fill(T::from_f32(0.0));
            for kv_head in 0..kv_heads {
                let head = Head {
                    rows,
                    width,
                    rotation,
                    heads,
                    kv_heads,
                    kv_head,
                    qk_dim,
                    v_dim,
                };
                head.unpack(&mut scratch);
                let group = heads / kv_heads;
                for query_head in kv_head * group..(kv_head + 1) * group {
                    head.attend::<FMA>(query_head, output, &mut scratch);
                }
            }
        }
    }
}

/// One key and value head of one position.
struct Head<'a, T> {
    rows: &'a [T],
    width: usize,
    rotation: Option<[&'a [f32]; 2]>,
    heads: usize,
    kv_heads: usize,
    kv_head: usize,
    qk_dim: usize,
    v_dim: usize,
}

impl<T: Element> Head<'_, T> {
    #[inline(always)]
    fn unpack(&self, scratch: &mut Scratch) {
        let Scratch {
            on_board,
            keys,
            values,
            rotated,
            scores,
            ..
        } = scratch;
        let (blocks, v_blocks) = (on_board.len().div_ceil(LANES), self.v_dim.div_ceil(LANES));
        refill(keys, self.qk_dim * blocks, ZERO);
        refill(values, v_blocks * on_board.len(), ZERO);
        refill(scores, blocks, [ZERO; QUERIES]);
        let first_value = (self.heads + self.kv_heads) * self.qk_dim + self.kv_head * self.v_dim;
        for (i, &cell) in on_board.iter().enumerate() {
            self.rotate(cell, self.heads + self.kv_head, rotated);
            for (d, key) in rotated.iter().enumerate() {
                *lane(&mut keys[d * blocks + i / LANES], i % LANES) = *key;
            }
            let start = cell * self.width + first_value;
            for (d, value) in self.rows[start..start + self.v_dim].iter().enumerate() {
                *lane(&mut values[d / LANES * on_board.len() + i], d % LANES) = value.to_f32();
            }
        }
    }

    /// The query or key in column `head` of a cell's row, rotated by the cell's angles.
    #[inline(always)]
    fn rotate(&self, cell: usize, head: usize, rotated: &mut Vec<f32>) {
        let start = cell * self.width + head * self.qk_dim;
        rotated.clear();
        rotated.extend(
            self.rows[start..start + self.qk_dim]
                .iter()
                .map(|x| x.to_f32()),
        );
        if let Some([cos, sin]) = self.rotation {
            let pairs = self.qk_dim / 2;
            let start = (cell * self.kv_heads + self.kv_head) * pairs;
            let (a, b) = rotated.split_at_mut(pairs);
            let angles = cos[start..start + pairs]
                .iter()
                .zip(&sin[start..start + pairs]);
            for ((a, b), (cos, sin)) in a.iter_mut().zip(b).zip(angles) {
                (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
            }
        }
    }

    /// Outputs of a query head into its columns of `output`.
    #[inline(always)]
    fn attend<const FMA: bool>(&self, head: usize, output: &mut [T], scratch: &mut Scratch) {
        let Scratch {
            on_board,
            keys,
            values,
            rotated,
            queries,
            scores,
        } = scratch;
        for block in on_board.chunks(QUERIES) {
            refill(queries, self.qk_dim, [0.0; QUERIES]);
            for (i, &cell) in block.iter().enumerate() {
                self.rotate(cell, head, rotated);
                queries
                    .iter_mut()
                    .zip(rotated.iter())
                    .for_each(|(to, q)| to[i] = *q);
            }
            score::<FMA>(queries, keys, scores);
            let sums = soften::<FMA>(scores, on_board.len());
            for (v_block, values) in values.chunks_exact(on_board.len()).enumerate() {
                let mut mixed = mix::<FMA>(scores, values);
                let columns = v_block * LANES..self.v_dim.min((v_block + 1) * LANES);
                for (i, &cell) in block.iter().enumerate() {
                    let start = (cell * self.heads + head) * self.v_dim;
                    let to = &mut output[start + columns.start..start + columns.end];
                    for (d, to) in to.iter_mut().enumerate() {
                        *to = T::from_f32(*lane(&mut mixed[i], d) / sums[i]);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn refill<V: Clone>(values: &mut Vec<V>, length: usize, value: V) {
    values.clear();
    values.resize(length, value);
}

/// Products of a block of queries with all keys.
#[inline(always)]
fn score<const FMA: bool>(queries: &[[f32; QUERIES]], keys: &[Lanes], scores: &mut [Block]) {
    let blocks = scores.len();
    for (i, scores) in scores.iter_mut().enumerate() {
        let mut sums = [ZERO; QUERIES];
        for (query, keys) in queries.iter().zip(keys.chunks_exact(blocks)) {
            let keys = &keys[i];
            for (sums, q) in sums.iter_mut().zip(query) {
                for (sum, keys) in sums.iter_mut().zip(keys) {
                    *sum = sum.add_scaled::<FMA>(keys, *q);
                }
            }
        }
        *scores = sums;
    }
}

/// Sums of all values, weighted by the scores.
#[inline(always)]
fn mix<const FMA: bool>(scores: &[Block], values: &[Lanes]) -> Block {
    let mut sums = [ZERO; QUERIES];
    for (scores, values) in scores.iter().zip(values.chunks(LANES)) {
        for (i, values) in values.iter().enumerate() {
            for (sums, weights) in sums.iter_mut().zip(scores) {
                let weight = weights[i / 16].0[i % 16];
                for (sum, values) in sums.iter_mut().zip(values) {
                    *sum = sum.add_scaled::<FMA>(values, weight);
                }
            }
        }
    }
    sums
}

/// Turns the first `count` scores of each query into their exponentials above the largest, the rest into 0. Returns the
/// sums.
#[inline(always)]
fn soften<const FMA: bool>(scores: &mut [Block], count: usize) -> [f32; QUERIES] {
    let mut totals = [0.0; QUERIES];
    let (whole, rest) = (count / LANES, count % LANES);
    for (query, total) in totals.iter_mut().enumerate() {
        if let Some(last) = scores.get_mut(whole) {
            (rest..LANES).for_each(|i| *lane(&mut last[query], i) = f32::NEG_INFINITY);
        }
        let mut largest = [Vector([f32::NEG_INFINITY; 16]); LANES / 16];
        for block in scores.iter() {
            for (largest, x) in largest.iter_mut().zip(&block[query]) {
                largest
                    .0
                    .iter_mut()
                    .zip(&x.0)
                    .for_each(|(m, x)| *m = if *x > *m { *x } else { *m });
            }
        }
        let largest = largest
            .iter()
            .flat_map(|v| v.0)
            .fold(f32::NEG_INFINITY, f32::max);
        let mut sums = ZERO;
        for block in scores.iter_mut() {
            for (sum, x) in sums.iter_mut().zip(&mut block[query]) {
                for (sum, x) in sum.0.iter_mut().zip(&mut x.0) {
                    *x = exp::<FMA>(*x - largest);
                    *sum += *x;
                }
            }
        }
        *total = sums.iter().flat_map(|v| v.0).sum();
    }
    totals
}
