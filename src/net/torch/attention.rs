//! Transformer blocks: attention over the cells of the board, and gated feed-forward layers.

use std::sync::{Arc, Mutex};

use half::bf16;
use tch::{Device, Kind, Tensor};

use super::frame::Frame;
use super::fused::{self, dispatch};
use super::layers::{Conv, Rms};
use super::ops::{Trunk, gated, rms_norm};
use super::tensors::{Built, Loader, Matrix, Result, TensorElement, Weight, filled, slice};
use crate::net::spec::{self, Activation};
use crate::net::validate::Problem;
use crate::threads::lock;

/// Self-attention with rotary position encoding.
#[derive(Debug)]
pub struct Attention {
    pre: Rms,
    /// To queries, keys and values, one after the other. The components of queries and keys are reordered, even ones
    /// first, so that what is rotated together lies half a head apart; queries are scaled.
    projections: Conv,
    /// What the projections compute in. On a processor f32: rounding queries and keys to bf16 is half of all the error
    /// that bf16 makes in a transformer, and not doing so costs a twelfth of its speed.
    precise: Kind,
    rotation: Option<Rotation>,
    out: Conv,
    heads: Heads,
}

/// How rows of queries, keys and values divide.
#[derive(Clone, Copy, Debug)]
struct Heads {
    heads: usize,
    kv_heads: usize,
    qk_dim: usize,
    v_dim: usize,
}

impl Attention {
    /// Loads the layer.
    pub fn load(loader: &Loader<'_>, spec: &spec::Attention) -> Built<Attention> {
        let &spec::Attention {
            heads,
            kv_heads,
            qk_dim,
            v_dim,
            ..
        } = spec;
        let rotation = Rotation::load(loader, spec)?;
        let order = |heads: usize| component_order(heads, qk_dim, rotation.is_some());
        let all = Matrix::concat(&[
            loader
                .matrix(&spec.q)?
                .select(&order(heads), 1.0 / (qk_dim as f32).sqrt()),
            loader.matrix(&spec.k)?.select(&order(kv_heads), 1.0),
            loader.matrix(&spec.v)?,
        ]);
        let precise = if loader.device == Device::Cpu {
            Kind::Float
        } else {
            loader.kind
        };
        Ok(Attention {
            pre: Rms::load(loader, &spec.pre, false)?,
            projections: Conv::pointwise(loader, &all, precise)?,
            precise,
            rotation,
            out: Conv::pointwise(loader, &loader.matrix(&spec.out)?, loader.kind)?,
            heads: Heads {
                heads,
                kv_heads,
                qk_dim,
                v_dim,
            },
        })
    }

    /// What the block adds to the trunk.
    pub fn forward(&self, frame: &Frame, trunk: &mut Trunk, kind: Kind) -> Result<Tensor> {
        let x = rms_norm(frame, trunk, &self.pre, Activation::Identity, self.precise)?;
        let projections = self.projections.forward(&x)?;
        let angles = self
            .rotation
            .as_ref()
            .map(|r| r.angles(frame, x.device()))
            .transpose()?;
        let mixed = match (frame.fused, kind) {
            (false, _) => self
                .heads
                .composed(frame, &projections, angles.as_deref())?
                .f_to_kind(kind)?,
            (true, Kind::BFloat16) => {
                self.heads
                    .fused::<bf16>(frame, &projections, angles.as_deref())?
            }
            (true, _) => self
                .heads
                .fused::<f32>(frame, &projections, angles.as_deref())?,
        };
        self.out.forward(&mixed)
    }
}

impl Heads {
    fn fused<T: TensorElement + fused::Element>(
        &self,
        frame: &Frame,
        projections: &Tensor,
        angles: Option<&[Weight; 2]>,
    ) -> Result<Tensor> {
        let Heads {
            heads,
            kv_heads,
            qk_dim,
            v_dim,
        } = *self;
        let shape = [
            frame.batch,
            frame.height,
            frame.width,
            (heads * v_dim) as i64,
        ];
        let rotation = match angles {
            Some([cos, sin]) => Some([slice(cos)?, slice(sin)?]),
            None => None,
        };
        let projections = slice(projections)?;
        filled(&shape, |output| {
            dispatch(fused::Attention::<f32, T> {
                projections,
                rotation,
                cells: frame.cells(),
                heads,
                kv_heads,
                qk_dim,
                v_dim,
                output,
            });
            Ok(())
        })
    }

    fn composed(
        &self,
        frame: &Frame,
        projections: &Tensor,
        angles: Option<&[Weight; 2]>,
    ) -> Result<Tensor> {
        let [heads, kv_heads, qk_dim, v_dim] =
            [self.heads, self.kv_heads, self.qk_dim, self.v_dim].map(|number| number as i64);
        let (batch, cells, group) = (frame.batch, frame.height * frame.width, heads / kv_heads);
        let rows = projections.f_view([batch, cells, -1])?;
        // To [batch, key head, query heads of that key head * cells, dimension]: one attention over longer queries.
        let part =
            |start: i64, group: i64, dim: i64, angles: Option<&[Weight; 2]>| -> Result<Tensor> {
                let heads = rows
                    .f_narrow(2, start, kv_heads * group * dim)?
                    .f_reshape([batch, cells, kv_heads, group, dim])?;
                let heads = match angles {
                    Some(angles) => rotate(&heads, angles)?,
                    None => heads,
                };
                heads
                    .f_permute([0, 2, 3, 1, 4])?
                    .f_reshape([batch, kv_heads, group * cells, dim])
            };
        let q = part(0, group, qk_dim, angles)?;
        let k = part(heads * qk_dim, 1, qk_dim, angles)?;
        let v = part((heads + kv_heads) * qk_dim, 1, v_dim, None)?;
        let bias = match &frame.mask {
            Some(mask) => {
                let off = mask
                    .f_view([batch, 1, 1, cells])?
                    .f_sub_scalar(1.0)?
                    .f_mul_scalar(1e30)?;
                // Beyond the range of f16 it becomes minus infinity, which softmax takes as well.
                Some(off.f_to_kind(q.f_kind()?)?)
            }
            None => None,
        };
        // Queries carry the scale already.
        let mixed = Tensor::f_scaled_dot_product_attention(
            &q,
            &k,
            &v,
            bias.as_ref(),
            0.0,
            false,
            1.0,
            false,
        )?;
        let rows = mixed
            .f_view([batch, kv_heads, group, cells, v_dim])?
            .f_permute([0, 3, 1, 2, 4])?;
        let output = rows.f_reshape([batch, frame.height, frame.width, heads * v_dim])?;
        match &frame.mask {
            Some(mask) => output.f_mul(&mask.f_to_kind(output.f_kind()?)?),
            None => Ok(output),
        }
    }
}

/// Rotates heads, `[batch, cells, kv_heads, group, dim]`, by angles `[cells, kv_heads, dim / 2]`.
fn rotate(heads: &Tensor, [cos, sin]: &[Weight; 2]) -> Result<Tensor> {
    let kind = heads.f_kind()?;
    let wide = heads.f_to_kind(Kind::Float)?;
    let pairs = heads.size()[4] / 2;
    let (a, b) = (wide.f_narrow(4, 0, pairs)?, wide.f_narrow(4, pairs, pairs)?);
    let (cos, sin) = (cos.f_unsqueeze(2)?, sin.f_unsqueeze(2)?);
    let rotated = [
        a.f_mul(&cos)?.f_sub(&b.f_mul(&sin)?)?,
        a.f_mul(&sin)?.f_add(&b.f_mul(&cos)?)?,
    ];
    Tensor::f_cat(&rotated, 4)?.f_to_kind(kind)
}

/// Columns of a projection in their new order: of each head the even components, then the odd ones.
fn component_order(heads: usize, dim: usize, rotated: bool) -> Vec<usize> {
    let component = |i: usize| {
        if i < dim / 2 {
            2 * i
        } else {
            2 * (i - dim / 2) + 1
        }
    };
    let column = |i: usize| {
        if rotated {
            i / dim * dim + component(i % dim)
        } else {
            i
        }
    };
    (0..heads * dim).map(column).collect()
}

/// Angles by which queries and keys are rotated.
#[derive(Debug)]
struct Rotation {
    /// Radians for each column and row, `[kv_heads * pairs]` of `[x, y]`.
    frequencies: Vec<[f32; 2]>,
    kv_heads: usize,
    /// Tables of the buffer sizes seen last.
    tables: Mutex<Vec<Table>>,
}

/// Cosines and sines for one buffer size, each `[cells, kv_heads, pairs]`.
#[derive(Debug)]
struct Table {
    size: (i64, i64),
    angles: Arc<[Weight; 2]>,
}

/// Buffer sizes whose angles are kept.
const TABLES: usize = 4;

impl Rotation {
    fn load(loader: &Loader<'_>, spec: &spec::Attention) -> Built<Option<Rotation>> {
        let pairs = spec.qk_dim / 2;
        let frequencies = match &spec.rope {
            spec::Rope::None => return Ok(None),
            spec::Rope::Fixed { theta } => {
                // Rows turn the first half of the pairs, columns the second.
                let half = spec.qk_dim / 4;
                let frequency = |i: usize| theta.powf(-2.0 * i as f32 / (spec.qk_dim as f32 / 2.0));
                let one: Vec<[f32; 2]> = (0..pairs)
                    .map(|p| match p {
                        p if p < half => [0.0, frequency(p)],
                        p if p < 2 * half => [frequency(p - half), 0.0],
                        _ => [0.0, 0.0],
                    })
                    .collect();
                one.repeat(spec.kv_heads)
            }
            spec::Rope::Learned { name } => {
                let values = &loader.weights(name, "frequencies")?.values;
                values.as_chunks().0.to_vec()
            }
        };
        if frequencies.len() != spec.kv_heads * pairs {
            return Err(
                Problem::new("the frequencies of a position encoding have the wrong size").into(),
            );
        }
        Ok(Some(Rotation {
            frequencies,
            kv_heads: spec.kv_heads,
            tables: Mutex::default(),
        }))
    }

    /// Tables for the buffer of a batch.
    fn angles(&self, frame: &Frame, device: Device) -> Result<Arc<[Weight; 2]>> {
        let size = (frame.height, frame.width);
        let mut tables = lock(&self.tables);
        if let Some(table) = tables.iter().find(|table| table.size == size) {
            return Ok(Arc::clone(&table.angles));
        }
        let cells = (0..size.0).flat_map(|y| (0..size.1).map(move |x| (x as f32, y as f32)));
        let angles: Vec<f32> = cells
            .flat_map(|(x, y)| self.frequencies.iter().map(move |[fx, fy]| x * fx + y * fy))
            .collect();
        let shape = [size.0 * size.1, self.kv_heads as i64, -1];
        let table = |f: fn(f32) -> f32| -> Result<Weight> {
            let values: Vec<f32> = angles.iter().map(|&angle| f(angle)).collect();
            Ok(Weight::new(
                Tensor::f_from_slice(&values)?
                    .f_view(shape)?
                    .f_to_device(device)?,
            ))
        };
        let angles = Arc::new([table(f32::cos)?, table(f32::sin)?]);
        if tables.len() == TABLES {
            tables.remove(0);
        }
        tables.push(Table {
            size,
            angles: Arc::clone(&angles),
        });
        Ok(angles)
    }
}

/// A gated feed-forward layer at each cell.
#[derive(Debug)]
pub struct FeedForward {
    pre: Rms,
    /// To the hidden values and, beside them, the gate.
    hidden: Conv,
    out: Conv,
}

impl FeedForward {
    /// Loads the layer.
    pub fn load(loader: &Loader<'_>, spec: &spec::FeedForward) -> Built<FeedForward> {
        let hidden = Matrix::concat(&[loader.matrix(&spec.linear1)?, loader.matrix(&spec.gate)?]);
        Ok(FeedForward {
            pre: Rms::load(loader, &spec.pre, false)?,
            hidden: Conv::pointwise(loader, &hidden, loader.kind)?,
            out: Conv::pointwise(loader, &loader.matrix(&spec.linear2)?, loader.kind)?,
        })
    }

    /// What the block adds to the trunk.
    pub fn forward(&self, frame: &Frame, trunk: &mut Trunk, kind: Kind) -> Result<Tensor> {
        let x = rms_norm(frame, trunk, &self.pre, Activation::Identity, kind)?;
        let hidden = gated(frame, &self.hidden.forward(&x)?)?;
        self.out.forward(&hidden)
    }
}
