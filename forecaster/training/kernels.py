"""Which kernel runs a training: a rule of sizes, never a timing, since another kernel gives other last bits.

`plain` runs one TensorFlow kernel an operation, `jit` lets XLA fuse them. Fusing saves what every operation costs
beside its arithmetic, so it wins while that of one recurrent step is small, and takes a second or two to compile.
Never both fused and unrolled: that compiles for a minute. `benchmarks/bench_training.py` on two cores, milliseconds an
update (best of seven, the kernels taking turns, other processes at work):

    layer, units   steps  batch       work   plain     jit
    simple_rnn 32     50     32     32,768     2.9     1.2
    lstm 50           50     32    320,000     5.7     3.1
    gru 64            48     64    786,432     9.2     5.9
    lstm 64           96    128  2,097,152    28.5    22.2
    lstm 128          30     32  2,097,152    11.0    11.3
    gru 128           30    128  6,291,456    17.4    16.5
    lstm 128          30    128  8,388,608    23.3    32.2
    gru 256           30     64 12,582,912    25.9    26.8

Other wirings of one layer, gru 32, 48 steps to 24, batch 32 (98,304 multiplications in a step):

    direct                   4.2    1.8        seq2seq                 7.1    2.6
    segments of 4            1.5    0.4        seq2seq, attention     19.6   10.4
    dilation 4, residual     2.4    0.5        recursive               6.2    4.1
    attention                7.1    2.8        latent                  4.2    1.8
    parallel                 5.9    2.0        student_t               7.8    1.5
    smoothing                5.1    1.8        negative_binomial       6.8    1.8

Fused, a network that runs free over the whole horizon is slower to judge, though: recursive, 336 steps to 48, 1,024
windows took 7.4 s plain and 14.0 s fused; so such a graph of its own is never fused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.config.model import Seq2Seq

if TYPE_CHECKING:
    from forecaster.config.model import ModelConfig
    from forecaster.models.sizes import Shapes

Kernel = Literal["plain", "jit"]

LARGEST = 2**21  # multiplications in one recurrent step of a batch: above, the arithmetic is all
WORTH = 20_000  # recurrent steps in a whole training: below, compiling takes longer than it saves
_GATES = {"simple_rnn": 1, "gru": 3, "bigru": 3, "lstm": 4, "bilstm": 4}


def kernel_of(model: ModelConfig, shapes: Shapes, batch: int, total: int) -> Kernel:
    """The kernel of a training.

    Args:
        model: The network.
        shapes: Its sizes.
        batch: Windows in one update.
        total: Updates of the full length.
    """
    small = work_of(model, batch) <= LARGEST
    steps = shapes.patches + (shapes.horizon if isinstance(model.decoder, Seq2Seq) else 0)
    return "jit" if small and total * steps >= WORTH else "plain"


def work_of(model: ModelConfig, batch: int) -> int:
    """Multiplications by the recurrent weights in one step of one batch, in the widest layer."""
    layers = [(str(kind_of(layer)), options_of(layer)) for layer in model.layers if kind_of(layer) in RECURRENT]
    return max(batch * _GATES[kind] * int(options.units) ** 2 for kind, options in layers)
