//! Blocks of KataGo's trunks (KataGo format document, section 4).

use serde::{Deserialize, Serialize};

use super::{Conv, MatMul, NormAct, RmsNorm};

/// A block of the trunk (section 4; forward rules in section 6). All add to the trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Two convolutions.
    Ordinary(Ordinary),
    /// Two convolutions with global pooling between.
    GlobalPooling(GlobalPooling),
    /// A stack of blocks at fewer channels.
    NestedBottleneck(NestedBottleneck),
    /// Self-attention over the points of the board.
    Attention(Attention),
    /// A gated feed-forward layer at each point.
    FeedForward(FeedForward),
}

/// Two convolutions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ordinary {
    /// Before the first convolution.
    pub pre: NormAct,
    /// First convolution.
    pub conv1: Conv,
    /// Between them.
    pub mid: NormAct,
    /// Second convolution.
    pub conv2: Conv,
}

/// Two convolutions with global pooling between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalPooling {
    /// Before the first convolutions.
    pub pre: NormAct,
    /// The part that stays spatial.
    pub regular_conv: Conv,
    /// The part that is pooled.
    pub pool_conv: Conv,
    /// Before pooling.
    pub pool: NormAct,
    /// Pooled values (3 per channel) to a bias of the spatial part.
    pub pool_to_bias: MatMul,
    /// Before the last convolution.
    pub mid: NormAct,
    /// Last convolution.
    pub final_conv: Conv,
}

/// A stack of blocks at fewer channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NestedBottleneck {
    /// Before narrowing.
    pub pre: NormAct,
    /// Narrowing 1x1 convolution.
    pub pre_conv: Conv,
    /// The inner stack.
    pub inner: Vec<Block>,
    /// Before widening.
    pub post: NormAct,
    /// Widening 1x1 convolution.
    pub post_conv: Conv,
}

/// Self-attention over the points of the board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Components of a query or key.
    pub qk_dim: usize,
    /// Components of a value.
    pub v_dim: usize,
    /// Before the projections.
    pub pre: RmsNorm,
    /// To queries.
    pub q: MatMul,
    /// To keys.
    pub k: MatMul,
    /// To values.
    pub v: MatMul,
    /// Back to the trunk.
    pub out: MatMul,
    /// Rotary position encoding.
    pub rope: Rope,
}

/// A gated feed-forward layer at each point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedForward {
    /// Before the layer.
    pub pre: RmsNorm,
    /// To the hidden values.
    pub linear1: MatMul,
    /// To the gate.
    pub gate: MatMul,
    /// Back to the trunk.
    pub linear2: MatMul,
}

/// Rotary position encoding of queries and keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rope {
    /// None.
    None,
    /// Frequencies derived from a base.
    Fixed {
        /// The base.
        theta: f32,
    },
    /// Learned frequencies: `<name>.frequencies`, `[kv_heads, qk_dim / 2, 2]`, last axis x then y.
    Learned {
        /// Unique in the network.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of each kind, as files describe them.
    fn texts() -> [String; 5] {
        let norm = r#"{"norm":{"name":"n","channels":2},"activation":"relu"}"#;
        let rms = r#"{"name":"n","channels":2,"epsilon":0.5}"#;
        let conv = r#"{"name":"c","kernel_y":1,"kernel_x":3,"inputs":2,"outputs":2}"#;
        let matmul = r#"{"name":"m","inputs":2,"outputs":2}"#;
        let ordinary = format!(
            r#"{{"kind":"ordinary","pre":{norm},"conv1":{conv},"mid":{norm},"conv2":{conv}}}"#
        );
        [
            format!(
                r#"{{"kind":"global_pooling","pre":{norm},"regular_conv":{conv},"pool_conv":{conv},"pool":{norm},"pool_to_bias":{matmul},"mid":{norm},"final_conv":{conv}}}"#
            ),
            format!(
                r#"{{"kind":"nested_bottleneck","pre":{norm},"pre_conv":{conv},"inner":[{ordinary}],"post":{norm},"post_conv":{conv}}}"#
            ),
            format!(
                r#"{{"kind":"attention","heads":2,"kv_heads":1,"qk_dim":4,"v_dim":3,"pre":{rms},"q":{matmul},"k":{matmul},"v":{matmul},"out":{matmul},"rope":{{"kind":"fixed","theta":10.5}}}}"#
            ),
            format!(
                r#"{{"kind":"feed_forward","pre":{rms},"linear1":{matmul},"gate":{matmul},"linear2":{matmul}}}"#
            ),
            ordinary,
        ]
    }

    #[test]
    fn blocks_are_written_as_they_were_read() {
        for text in texts() {
            let block: Block = serde_json::from_str(&text).expect("a block");
            assert_eq!(serde_json::to_string(&block).expect("JSON"), text);
        }
    }

    #[test]
    fn fields_that_a_block_does_not_have_are_refused() {
        for text in texts() {
            let longer = text.replacen(r#","pre""#, r#","depth":1,"pre""#, 1);
            let error = serde_json::from_str::<Block>(&longer).expect_err("it has no depth");
            assert!(
                error.to_string().contains("unknown field `depth`"),
                "{error}"
            );
        }
    }
}
