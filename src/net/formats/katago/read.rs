//! Reading, in the order of the file: header, trunk and heads here, then [`blocks`], then [`layers`].

mod blocks;
mod layers;

use std::collections::{BTreeMap, HashMap};

use crate::features::InputVersion;
use crate::net::formats::scan::{Encoding, Scanner};
use crate::net::spec::{
    Body, KataBody, MetaEncoder, Metadata, Multipliers, NetSpec, Network, PassHidden, PolicyHead,
    TipNorm, ValueHead, Weights,
};
use crate::net::validate::{MAX_BLOCKS, MAX_CHANNELS, META_INPUTS, Problem, check_version};

/// Reads a KataGo network, compressed or not.
///
/// # Errors
/// What is wrong with it, and in which layer.
pub fn read(bytes: &[u8], encoding: Option<Encoding>) -> Result<Network, Problem> {
    let mut reader = Reader {
        scan: Scanner::new(bytes, encoding),
        version: 0,
        blocks: 0,
        names: HashMap::new(),
        weights: BTreeMap::new(),
    };
    let (name, body) = reader.network()?;
    let network = Network {
        spec: NetSpec {
            input: InputVersion::V7,
            body: Body::Kata(Box::new(body)),
        },
        weights: reader.weights,
        metadata: Metadata {
            name,
            ..Metadata::default()
        },
    };
    network.validate()?;
    Ok(network)
}

struct Reader<'a> {
    scan: Scanner<'a>,
    version: u32,
    blocks: usize,
    /// How often each layer name has been seen.
    names: HashMap<String, usize>,
    weights: BTreeMap<String, Weights>,
}

impl Reader<'_> {
    fn network(&mut self) -> Result<(String, KataBody), Problem> {
        let name = self.scan.word("the network's name")?;
        self.read_version()?;
        let input = InputVersion::V7;
        self.scan
            .integer("the number of input planes", input.planes(), input.planes())?;
        self.scan.integer(
            "the number of global inputs",
            input.globals(),
            input.globals(),
        )?;
        let multipliers = self.multipliers()?;
        let (mut meta, mut pass_alive_with_suicide) = (false, false);
        if self.version >= 15 {
            meta = self.scan.flag("the metadata encoder's version")?;
            pass_alive_with_suicide = self.scan.flag("the flag for areas with suicide")?;
            self.reserved(6)?;
        }
        let (blocks, channels, rms_tip) = self.trunk_header()?;
        let initial_conv = self.conv()?;
        if initial_conv.outputs != channels {
            let what = format!(
                "writes {} channels, but the trunk has {channels}",
                initial_conv.outputs
            );
            return Err(Problem::at(&initial_conv.name, what));
        }
        let body = KataBody {
            version: self.version,
            multipliers,
            pass_alive_with_suicide,
            initial_conv,
            initial_matmul: self.matmul()?,
            meta_encoder: if meta {
                Some(self.meta_encoder()?)
            } else {
                None
            },
            blocks: self.blocks(blocks, 0)?,
            tip_norm: if rms_tip {
                self.rms_tip()?
            } else {
                TipNorm::Affine { norm: self.norm()? }
            },
            tip_activation: self.activation()?,
            policy: self.policy()?,
            value: self.value()?,
        };
        self.scan.leave();
        self.scan.end()?;
        Ok((name, body))
    }

    /// Number of blocks, number of channels, and whether the norm at the end of the trunk is an RMS norm.
    fn trunk_header(&mut self) -> Result<(usize, usize, bool), Problem> {
        self.scan.word("the trunk's name")?;
        let blocks = self.scan.integer("the number of blocks", 1, MAX_BLOCKS)?;
        let channels = self
            .scan
            .integer("the number of trunk channels", 1, MAX_CHANNELS)?;
        for what in ["middle", "regular", "dilated", "pooled"] {
            // For information only; what the layers say counts.
            self.scan
                .integer(&format!("the number of {what} channels"), 0, MAX_CHANNELS)?;
        }
        let rms_tip = self.version >= 15 && {
            let rms = self.scan.flag("the kind of the trunk's norm")?;
            self.reserved(5)?;
            rms
        };
        Ok((blocks, channels, rms_tip))
    }

    /// The version of the model, which later parts depend on.
    fn read_version(&mut self) -> Result<(), Problem> {
        let word = self.scan.word("the model version")?;
        self.version = word.parse().map_err(|_| {
            let what = "this is not a network file: KataGo's have the version of the model second";
            self.scan.problem(format!("{what}, here it is {word:?}"))
        })?;
        check_version(self.version)
    }

    fn multipliers(&mut self) -> Result<Multipliers, Problem> {
        if self.version < 13 {
            return Ok(Multipliers::default());
        }
        Ok(Multipliers {
            td_score: self.scan.real("the td score multiplier")?,
            score_mean: self.scan.real("the score mean multiplier")?,
            score_stdev: self.scan.real("the score stdev multiplier")?,
            lead: self.scan.real("the lead multiplier")?,
            variance_time: self.scan.real("the variance time multiplier")?,
            shortterm_value_error: self.scan.real("the short-term value error multiplier")?,
            shortterm_score_error: self.scan.real("the short-term score error multiplier")?,
        })
    }

    /// Fields that later versions may give a meaning.
    fn reserved(&mut self, count: usize) -> Result<(), Problem> {
        for _ in 0..count {
            self.scan.integer("a reserved field", 0, 0)?;
        }
        Ok(())
    }

    /// The metadata encoder (section 18).
    fn meta_encoder(&mut self) -> Result<MetaEncoder, Problem> {
        self.scan.word("the metadata encoder's name")?;
        self.scan
            .integer("the number of metadata inputs", META_INPUTS, META_INPUTS)?;
        Ok(MetaEncoder {
            mul1: self.matmul()?,
            bias1: self.bias()?,
            act1: self.activation()?,
            mul2: self.matmul()?,
            bias2: self.bias()?,
            act2: self.activation()?,
            mul3: self.matmul()?,
        })
    }

    fn policy(&mut self) -> Result<PolicyHead, Problem> {
        self.scan.leave();
        self.scan.word("the policy head's name")?;
        let channels = match self.version {
            ..12 => 1,
            12..16 => 2,
            16 => 4,
            _ => {
                let channels = self.scan.integer("the number of policy channels", 1, 4)?;
                self.reserved(3)?;
                channels
            }
        };
        Ok(PolicyHead {
            channels,
            p1_conv: self.conv()?,
            g1_conv: self.conv()?,
            g1: self.norm_act()?,
            pool_to_bias: self.matmul()?,
            p1: self.norm_act()?,
            p2_conv: self.conv()?,
            pool_to_pass: self.matmul()?,
            pass_hidden: if self.version >= 15 {
                Some(PassHidden {
                    bias: self.bias()?,
                    activation: self.activation()?,
                    out: self.matmul()?,
                })
            } else {
                None
            },
        })
    }

    fn value(&mut self) -> Result<ValueHead, Problem> {
        self.scan.leave();
        self.scan.word("the value head's name")?;
        if self.version >= 17 {
            self.reserved(3)?;
        }
        Ok(ValueHead {
            v1_conv: self.conv()?,
            v1: self.norm_act()?,
            v2: self.matmul()?,
            v2_bias: self.bias()?,
            v2_activation: self.activation()?,
            v3: self.matmul()?,
            v3_bias: self.bias()?,
            score: self.matmul()?,
            score_bias: self.bias()?,
            ownership_conv: self.conv()?,
        })
    }
}
