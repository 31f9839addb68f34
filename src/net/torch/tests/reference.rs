//! A second implementation of KataGo's and Leela Zero's networks, slow and obvious: plain loops over one position in
//! `f64`, straight from section 6 of the format document.

use crate::features::Input;
use crate::go::Symmetry;
use crate::net::spec::{
    Activation, Attention, Bias, Block, Body, Conv, KataBody, LeelaZeroBody, MatMul, Network, Norm,
    NormAct, RmsNorm, Rope, TipNorm,
};
use crate::net::torch::frame::Encoded;

/// Outputs of one position: policies by cell, ownership by cell, pass logits, value logits and score values, one after
/// the other; or for Leela Zero policy logits and value.
pub fn outputs(network: &Network, encoded: &Encoded) -> Vec<f64> {
    let reference = |planes| Reference::new(network, &encoded.input, encoded.symmetry, planes);
    match &network.spec.body {
        Body::Kata(body) => reference(22).kata(body, encoded),
        Body::LeelaZero(body) => reference(18).leela_zero(body),
    }
}

/// Channels of every cell, by rows from the top left.
#[derive(Clone)]
struct Grid {
    channels: usize,
    values: Vec<f64>,
}

impl Grid {
    fn new(cells: usize, channels: usize) -> Grid {
        Grid {
            channels,
            values: vec![0.0; cells * channels],
        }
    }

    fn cell(&self, cell: usize) -> &[f64] {
        &self.values[cell * self.channels..(cell + 1) * self.channels]
    }

    fn cell_mut(&mut self, cell: usize) -> &mut [f64] {
        &mut self.values[cell * self.channels..(cell + 1) * self.channels]
    }

    fn add(&mut self, other: &Grid) {
        self.values
            .iter_mut()
            .zip(&other.values)
            .for_each(|(a, b)| *a += b);
    }
}

struct Reference<'a> {
    network: &'a Network,
    width: usize,
    height: usize,
    planes: Grid,
}

impl<'a> Reference<'a> {
    fn new(
        network: &'a Network,
        input: &Input,
        symmetry: Symmetry,
        planes: usize,
    ) -> Reference<'a> {
        let size = input.size;
        let mut grid = Grid::new(size.area(), planes);
        for (point, word) in size.points().zip(&input.planes) {
            let cell = size.index_of(symmetry.apply(size, point));
            for (plane, value) in grid.cell_mut(cell).iter_mut().enumerate() {
                *value = f64::from(word >> plane & 1);
            }
        }
        Reference {
            network,
            width: size.width(),
            height: size.height(),
            planes: grid,
        }
    }

    fn cells(&self) -> usize {
        self.width * self.height
    }

    fn weights(&self, layer: &str, part: &str) -> &[f32] {
        &self
            .network
            .tensor(layer, part)
            .expect("the network has its weights")
            .values
    }

    fn kata(&self, body: &KataBody, encoded: &Encoded) -> Vec<f64> {
        let mut trunk = self.conv(&body.initial_conv, &self.planes);
        let globals: Vec<f64> = encoded.input.globals.map(f64::from).to_vec();
        let mut shift = self.matmul(&body.initial_matmul, &globals);
        if let (Some(meta), Some(metadata)) = (&body.meta_encoder, &encoded.metadata) {
            let metadata = metadata.map(f64::from);
            let x = activate(
                meta.act1,
                self.bias(&meta.bias1, self.matmul(&meta.mul1, &metadata)),
            );
            let x = activate(
                meta.act2,
                self.bias(&meta.bias2, self.matmul(&meta.mul2, &x)),
            );
            add(&mut shift, &self.matmul(&meta.mul3, &x));
        }
        (0..self.cells()).for_each(|cell| add(trunk.cell_mut(cell), &shift));
        for block in &body.blocks {
            self.block(block, &mut trunk);
        }
        let x = match &body.tip_norm {
            TipNorm::Affine { norm } => self.norm(norm, body.tip_activation, &trunk),
            TipNorm::Rms { norm, spatial } => {
                self.tip_rms(norm, *spatial, body.tip_activation, &trunk)
            }
        };

        let policy = &body.policy;
        let pooled = pool(
            &self.norm_act(&policy.g1, &self.conv(&policy.g1_conv, &x)),
            true,
        );
        let mut spatial = self.conv(&policy.p1_conv, &x);
        let shift = self.matmul(&policy.pool_to_bias, &pooled);
        (0..self.cells()).for_each(|cell| add(spatial.cell_mut(cell), &shift));
        let logits = self.conv(&policy.p2_conv, &self.norm_act(&policy.p1, &spatial));
        let pass = self.matmul(&policy.pool_to_pass, &pooled);
        let pass = match &policy.pass_hidden {
            Some(hidden) => self.matmul(
                &hidden.out,
                &activate(hidden.activation, self.bias(&hidden.bias, pass)),
            ),
            None => pass,
        };

        let value = &body.value;
        let v1 = self.norm_act(&value.v1, &self.conv(&value.v1_conv, &x));
        let hidden = self.bias(&value.v2_bias, self.matmul(&value.v2, &pool(&v1, false)));
        let hidden = activate(value.v2_activation, hidden);
        let ownership = self.conv(&value.ownership_conv, &v1);

        let used = policy.channels.min(2);
        let mut outputs = Vec::new();
        for channel in 0..used {
            outputs.extend((0..self.cells()).map(|cell| logits.cell(cell)[channel]));
        }
        outputs.extend(&ownership.values);
        outputs.extend(&pass[..used]);
        outputs.extend(self.bias(&value.v3_bias, self.matmul(&value.v3, &hidden)));
        outputs.extend(self.bias(&value.score_bias, self.matmul(&value.score, &hidden)));
        outputs
    }

    fn block(&self, block: &Block, trunk: &mut Grid) {
        let delta = match block {
            Block::Ordinary(block) => {
                let x = self.conv(&block.conv1, &self.norm_act(&block.pre, trunk));
                self.conv(&block.conv2, &self.norm_act(&block.mid, &x))
            }
            Block::GlobalPooling(block) => {
                let x = self.norm_act(&block.pre, trunk);
                let pooled = self.norm_act(&block.pool, &self.conv(&block.pool_conv, &x));
                let mut regular = self.conv(&block.regular_conv, &x);
                let shift = self.matmul(&block.pool_to_bias, &pool(&pooled, true));
                (0..self.cells()).for_each(|cell| add(regular.cell_mut(cell), &shift));
                self.conv(&block.final_conv, &self.norm_act(&block.mid, &regular))
            }
            Block::NestedBottleneck(block) => {
                let mut inside = self.conv(&block.pre_conv, &self.norm_act(&block.pre, trunk));
                for inner in &block.inner {
                    self.block(inner, &mut inside);
                }
                self.conv(&block.post_conv, &self.norm_act(&block.post, &inside))
            }
            Block::Attention(block) => self.attention(block, trunk),
            Block::FeedForward(block) => {
                let x = self.rms(&block.pre, trunk);
                self.each_cell(block.linear2.outputs, |cell| {
                    let cell = x.cell(cell);
                    let gate = self.matmul(&block.gate, cell);
                    let hidden = activate(Activation::Silu, self.matmul(&block.linear1, cell));
                    let gated: Vec<f64> = hidden.iter().zip(gate).map(|(a, b)| a * b).collect();
                    self.matmul(&block.linear2, &gated)
                })
            }
        };
        trunk.add(&delta);
    }

    fn attention(&self, block: &Attention, trunk: &Grid) -> Grid {
        let &Attention {
            heads,
            kv_heads,
            qk_dim,
            v_dim,
            ..
        } = block;
        let x = self.rms(&block.pre, trunk);
        let project = |matmul: &MatMul| {
            self.each_cell(matmul.outputs, |cell| self.matmul(matmul, x.cell(cell)))
        };
        let (mut queries, mut keys) = (project(&block.q), project(&block.k));
        let values = project(&block.v);
        for cell in 0..self.cells() {
            for head in 0..heads {
                let kv_head = head / (heads / kv_heads);
                let query = &mut queries.cell_mut(cell)[head * qk_dim..][..qk_dim];
                self.rotate(&block.rope, cell, kv_head, query);
            }
            for head in 0..kv_heads {
                let key = &mut keys.cell_mut(cell)[head * qk_dim..][..qk_dim];
                self.rotate(&block.rope, cell, head, key);
            }
        }
        let mut mixed = Grid::new(self.cells(), heads * v_dim);
        for head in 0..heads {
            let kv_head = head / (heads / kv_heads);
            for cell in 0..self.cells() {
                let query = &queries.cell(cell)[head * qk_dim..][..qk_dim];
                let score = |other: usize| -> f64 {
                    let key = &keys.cell(other)[kv_head * qk_dim..][..qk_dim];
                    query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>() / (qk_dim as f64).sqrt()
                };
                let weights: Vec<f64> = (0..self.cells()).map(|other| score(other).exp()).collect();
                let sum: f64 = weights.iter().sum();
                for (other, weight) in weights.iter().enumerate() {
                    let value = &values.cell(other)[kv_head * v_dim..][..v_dim];
                    let to = &mut mixed.cell_mut(cell)[head * v_dim..][..v_dim];
                    to.iter_mut()
                        .zip(value)
                        .for_each(|(to, v)| *to += weight / sum * v);
                }
            }
        }
        self.each_cell(block.out.outputs, |cell| {
            self.matmul(&block.out, mixed.cell(cell))
        })
    }

    /// Rotates neighbouring components by the angles of a cell.
    fn rotate(&self, rope: &Rope, cell: usize, kv_head: usize, head: &mut [f64]) {
        let (x, y) = ((cell % self.width) as f64, (cell / self.width) as f64);
        let pairs = head.len() / 2;
        for (pair, components) in head.chunks_exact_mut(2).enumerate() {
            let angle = match rope {
                Rope::None => 0.0,
                Rope::Fixed { theta } => {
                    let half = pairs / 2;
                    let frequency =
                        |i: usize| f64::from(*theta).powf(-2.0 * i as f64 / pairs as f64);
                    if pair < half {
                        y * frequency(pair)
                    } else {
                        x * frequency(pair - half)
                    }
                }
                Rope::Learned { name } => {
                    let frequency =
                        &self.weights(name, "frequencies")[(kv_head * pairs + pair) * 2..][..2];
                    x * f64::from(frequency[0]) + y * f64::from(frequency[1])
                }
            };
            let (a, b) = (components[0], components[1]);
            components[0] = a * angle.cos() - b * angle.sin();
            components[1] = a * angle.sin() + b * angle.cos();
        }
    }

    fn leela_zero(&self, body: &LeelaZeroBody) -> Vec<f64> {
        let relu = |grid: Grid| Grid {
            values: activate(Activation::Relu, grid.values),
            ..grid
        };
        let mut x = relu(self.biased("input", &self.planes));
        for block in 0..body.blocks {
            let hidden = relu(self.biased(&format!("blocks.{block}.conv1"), &x));
            let mut sum = self.biased(&format!("blocks.{block}.conv2"), &hidden);
            sum.add(&x);
            x = relu(sum);
        }
        let flat = |grid: Grid| -> Vec<f64> {
            let channels =
                (0..grid.channels).flat_map(|c| (0..self.cells()).map(move |cell| (cell, c)));
            channels.map(|(cell, c)| grid.cell(cell)[c]).collect()
        };
        let linear = |layer: &str, x: &[f64]| -> Vec<f64> {
            let bias = self.weights(layer, "bias");
            let mut y = multiply(self.weights(layer, "weight"), x, bias.len());
            y.iter_mut()
                .zip(bias)
                .for_each(|(y, b)| *y += f64::from(*b));
            y
        };
        let mut outputs = linear("policy.linear", &flat(relu(self.biased("policy.conv", &x))));
        let hidden = linear("value.linear1", &flat(relu(self.biased("value.conv", &x))));
        outputs.extend(linear("value.linear2", &activate(Activation::Relu, hidden)));
        outputs
    }

    /// A convolution with a bias.
    fn biased(&self, layer: &str, x: &Grid) -> Grid {
        let shape = &self
            .network
            .tensor(layer, "weight")
            .expect("the network has its weights")
            .shape;
        let mut y = self.convolve(
            self.weights(layer, "weight"),
            [shape[2], shape[3]],
            shape[0],
            x,
        );
        let bias: Vec<f64> = self
            .weights(layer, "bias")
            .iter()
            .map(|&b| f64::from(b))
            .collect();
        (0..self.cells()).for_each(|cell| add(y.cell_mut(cell), &bias));
        y
    }

    fn conv(&self, conv: &Conv, x: &Grid) -> Grid {
        self.convolve(
            self.weights(&conv.name, "weight"),
            [conv.kernel_y, conv.kernel_x],
            conv.outputs,
            x,
        )
    }

    fn convolve(
        &self,
        weights: &[f32],
        [kernel_y, kernel_x]: [usize; 2],
        outputs: usize,
        x: &Grid,
    ) -> Grid {
        let mut y = Grid::new(self.cells(), outputs);
        let place = |cell: isize, offset: usize, kernel: usize, side: usize| -> Option<usize> {
            let place = cell + offset as isize - (kernel / 2) as isize;
            (0..side as isize)
                .contains(&place)
                .then_some(place as usize)
        };
        for cell in 0..self.cells() {
            let (column, row) = ((cell % self.width) as isize, (cell / self.width) as isize);
            for (ky, kx) in (0..kernel_y).flat_map(|ky| (0..kernel_x).map(move |kx| (ky, kx))) {
                let from = place(row, ky, kernel_y, self.height)
                    .zip(place(column, kx, kernel_x, self.width));
                let Some((from_y, from_x)) = from else {
                    continue;
                };
                let from = x.cell(from_y * self.width + from_x);
                for output in 0..outputs {
                    for (input, value) in from.iter().enumerate() {
                        let index = ((output * x.channels + input) * kernel_y + ky) * kernel_x + kx;
                        y.values[cell * outputs + output] += f64::from(weights[index]) * value;
                    }
                }
            }
        }
        y
    }

    fn matmul(&self, matmul: &MatMul, x: &[f64]) -> Vec<f64> {
        multiply(self.weights(&matmul.name, "weight"), x, matmul.outputs)
    }

    fn bias(&self, bias: &Bias, mut x: Vec<f64>) -> Vec<f64> {
        x.iter_mut()
            .zip(self.weights(&bias.name, "bias"))
            .for_each(|(x, b)| *x += f64::from(*b));
        x
    }

    fn norm_act(&self, layer: &NormAct, x: &Grid) -> Grid {
        self.norm(&layer.norm, layer.activation, x)
    }

    fn norm(&self, norm: &Norm, activation: Activation, x: &Grid) -> Grid {
        let (scale, bias) = (
            self.weights(&norm.name, "scale"),
            self.weights(&norm.name, "bias"),
        );
        self.each_cell(x.channels, |cell| {
            activate(activation, affine(x.cell(cell), scale, bias))
        })
    }

    fn rms(&self, norm: &RmsNorm, x: &Grid) -> Grid {
        let scale = self.weights(&norm.name, "weight");
        self.each_cell(x.channels, |cell| {
            let factor = 1.0 / (mean_square(x.cell(cell)) + f64::from(norm.epsilon)).sqrt();
            x.cell(cell)
                .iter()
                .zip(scale)
                .map(|(x, s)| x * factor * f64::from(*s))
                .collect()
        })
    }

    fn tip_rms(&self, norm: &RmsNorm, spatial: bool, activation: Activation, x: &Grid) -> Grid {
        let (scale, bias) = (
            self.weights(&norm.name, "weight"),
            self.weights(&norm.name, "bias"),
        );
        self.each_cell(x.channels, |cell| {
            let mean = mean_square(if spatial { &x.values } else { x.cell(cell) });
            let factor = 1.0 / (mean + f64::from(norm.epsilon)).sqrt();
            let scaled: Vec<f64> = x.cell(cell).iter().map(|x| x * factor).collect();
            activate(activation, affine(&scaled, scale, bias))
        })
    }

    fn each_cell(&self, channels: usize, f: impl Fn(usize) -> Vec<f64>) -> Grid {
        Grid {
            channels,
            values: (0..self.cells()).flat_map(f).collect(),
        }
    }
}

fn add(sum: &mut [f64], other: &[f64]) {
    sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
}

fn multiply(weights: &[f32], x: &[f64], outputs: usize) -> Vec<f64> {
    let column = |o: usize| {
        x.iter()
            .enumerate()
            .map(|(i, x)| x * f64::from(weights[i * outputs + o]))
            .sum()
    };
    (0..outputs).map(column).collect()
}

fn affine(x: &[f64], scale: &[f32], bias: &[f32]) -> Vec<f64> {
    x.iter()
        .zip(scale.iter().zip(bias))
        .map(|(x, (s, b))| x * f64::from(*s) + f64::from(*b))
        .collect()
}

fn mean_square(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64
}

fn activate(activation: Activation, x: Vec<f64>) -> Vec<f64> {
    let f = |x: f64| match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::Mish => x * x.exp().ln_1p().tanh(),
        Activation::Silu => x / (1.0 + (-x).exp()),
    };
    x.into_iter().map(f).collect()
}

/// Mean, scaled mean, and maximum (trunk, policy) or mean scaled by the square (value).
fn pool(grid: &Grid, max: bool) -> Vec<f64> {
    let cells = grid.values.len() / grid.channels;
    let beyond = (cells as f64).sqrt() - 14.0;
    let column = |c: usize| (0..cells).map(move |cell| grid.cell(cell)[c]);
    let means: Vec<f64> = (0..grid.channels)
        .map(|c| column(c).sum::<f64>() / cells as f64)
        .collect();
    let mut pooled = means.clone();
    pooled.extend(means.iter().map(|mean| mean * beyond * 0.1));
    for (c, mean) in means.iter().enumerate() {
        pooled.push(if max {
            column(c).fold(f64::MIN, f64::max)
        } else {
            mean * (beyond * beyond * 0.01 - 0.1)
        });
    }
    pooled
}
