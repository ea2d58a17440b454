"""Trains the trees, and tells how far it is."""

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from dataset import Rows
from exact_thresholds import make_exact
from parameters import lightgbm_parameters
from problems import Refused
from progress import tell
from request import Request

# Enough lines to show life every second or so, few enough that nobody has to thin them out.
PROGRESS_LINES = 30


@dataclass(frozen=True)
class Trained:
    """`booster` has thresholds that are exact in float32; `best_iteration` counts its trees."""

    booster: lgb.Booster
    best_iteration: int


def train_trees(request: Request, train: Rows, validation: Rows) -> Trained:
    settings = lightgbm_parameters(request.params, request.kind, request.seed)
    # Column names may hold characters LightGBM refuses; positions say enough.
    names = [f"f{index}" for index in range(len(request.features))]
    train_set = lgb.Dataset(train.features, train.labels, feature_name=names, params=settings)
    validation_set = lgb.Dataset(validation.features, validation.labels, reference=train_set, params=settings)
    trained = lgb.train(
        settings,
        train_set,
        num_boost_round=int(request.params["trees"]),
        valid_sets=[validation_set],
        valid_names=["validation"],
        callbacks=_callbacks(request),
    )
    best = trained.best_iteration if trained.best_iteration > 0 else trained.current_iteration()
    text = trained.model_to_string(num_iteration=best)
    exact = lgb.Booster(model_str=make_exact(text))
    _refuse_constant(exact, request, len(train.labels))
    _refuse_changed(trained, exact, best, validation)
    return Trained(exact, best)


def _callbacks(request: Request) -> list[Any]:
    trees = int(request.params["trees"])
    every = max(1, trees // PROGRESS_LINES)
    loss = "logLoss" if request.kind == "binary" else "rmse"

    def report(env: Any) -> None:
        done = env.iteration + 1
        if done % every == 0 or done == trees:
            tell("train", done, trees, {loss: value for _, _, value, _ in env.evaluation_result_list})

    rounds = int(request.params["earlyStoppingRounds"])
    return [report] + ([lgb.early_stopping(rounds, verbose=False)] if rounds > 0 else [])


def _refuse_constant(booster: lgb.Booster, request: Request, rows: int) -> None:
    if booster.feature_importance("split").sum() == 0:
        raise Refused(
            [
                f"train: no split was found in {rows} rows with params.minRowsPerLeaf "
                f"{request.params['minRowsPerLeaf']}, so the model would give every row the same score; expected "
                "features that vary and more rows than twice minRowsPerLeaf"
            ]
        )


def _refuse_changed(trained: lgb.Booster, exact: lgb.Booster, best: int, validation: Rows) -> None:
    before = trained.predict(validation.features, num_iteration=best, num_threads=1)
    after = exact.predict(validation.features, num_threads=1)
    if not np.array_equal(before, after):
        raise RuntimeError("making thresholds exact for float32 changed predictions on the validation rows")
