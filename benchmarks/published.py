"""Figures of others on the public benchmarks, as published, beside which docs/accuracy.md puts ours."""

from __future__ import annotations

SOURCES = {
    "SegRNN": "Lin et al., SegRNN: Segment Recurrent Neural Network for Long-Term Time Series Forecasting (2023), as "
    "its authors state",
    "SegRNN, run again": "a re-run of the same, not its authors' figures",
    "PatchTST": "Nie et al., A Time Series is Worth 64 Words (ICLR 2023)",
    "DLinear": "Zeng et al., Are Transformers Effective for Time Series Forecasting? (AAAI 2023)",
    "ES-RNN": "Smyl, A hybrid method of exponential smoothing and recurrent neural networks (IJF 2020), the winner",
    "FFORMA": "Montero-Manso et al., FFORMA: Feature-based forecast model averaging (IJF 2020), the runner-up",
    "Theta": "Assimakopoulos and Nikolopoulos (2000), as the organisers ran it",
    "RNN": "one network a series, as the organisers ran it",
    "best of its kind": "the best submission for that frequency",
    "TiRex": "Auer et al., TiRex (2025), pretrained on other series: zero-shot",
}
# MSE and MAE at each horizon.
ETT: dict[str, dict[str, dict[int, tuple[float, float]]]] = {
    "ETTh1": {
        "SegRNN": {96: (0.351, 0.392), 192: (0.392, 0.414), 336: (0.423, 0.433), 720: (0.466, 0.472)},
        "SegRNN, run again": {96: (0.367, 0.400), 192: (0.407, 0.422), 336: (0.437, 0.440), 720: (0.480, 0.478)},
        "PatchTST": {96: (0.375, 0.404), 192: (0.418, 0.430), 336: (0.462, 0.460), 720: (0.495, 0.497)},
        "DLinear": {96: (0.381, 0.407), 192: (0.419, 0.430), 336: (0.454, 0.456), 720: (0.499, 0.512)},
    },
    "ETTm1": {
        "SegRNN": {96: (0.293, 0.354), 192: (0.328, 0.378), 336: (0.357, 0.399), 720: (0.410, 0.430)},
        "SegRNN, run again": {96: (0.301, 0.363), 720: (0.432, 0.437)},
        "PatchTST": {96: (0.300, 0.354), 192: (0.339, 0.377), 336: (0.368, 0.400), 720: (0.420, 0.424)},
        "DLinear": {96: (0.307, 0.351), 192: (0.337, 0.370), 336: (0.371, 0.392), 720: (0.416, 0.416)},
    },
}
# OWA.
M4: dict[str, dict[str, float]] = {
    "Weekly": {"RNN": 1.755, "Theta": 0.971, "ES-RNN": 0.851, "FFORMA": 0.796, "best of its kind": 0.739},
    "Hourly": {"RNN": 1.036, "Theta": 1.006, "ES-RNN": 0.440, "FFORMA": 0.484, "best of its kind": 0.410},
}
# MASE.
PANELS: dict[str, dict[str, float]] = {"tourism": {"TiRex": 1.449}, "m3": {"TiRex": 0.831}}
