"""How KaTrain is told to use our engine: as its KataGo, with the command line that it builds itself."""

import copy
from pathlib import Path

VISITS = 30
# A tiny network of random weights: enough to be asked.
HUMAN = Path(__file__).resolve().parents[1] / "data" / "human.bin.gz"


def settings(package_settings, engine, weights, visits=VISITS):
    """KaTrain's engine settings for `engine`; KaTrain adds `analysis -model ... -config ... -human-model ...`."""
    changed = copy.deepcopy(package_settings)
    changed.update(
        backend="local",
        katago=engine,
        model=weights,
        altcommand="",
        humanlike_model=str(HUMAN),
        max_visits=visits,
        fast_visits=max(5, visits // 3),
        max_time=60.0,
    )
    return changed
