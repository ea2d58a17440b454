"""Spark on two local cores: MLflow's `spark_udf`, or `mapInArrow` with a session of one thread in each worker."""

import os
import sys

# Spark starts its workers with whatever `python3` it finds first, and they do not know where this program lies.
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["PYTHONPATH"] = os.path.dirname(os.path.abspath(__file__))

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import struct

from peer import KEY, Request, matrix_of, open_session, read_request, scored_batch


def score_udf(spark: SparkSession, request: Request, rows: DataFrame) -> DataFrame:
    import mlflow.pyfunc

    udf = mlflow.pyfunc.spark_udf(spark, request.mlflow_path, result_type="float", env_manager="local")
    return rows.select(KEY, udf(struct(*request.features)).alias("score"))


def score_arrow(_spark: SparkSession, request: Request, rows: DataFrame) -> DataFrame:
    def score(batches):
        session = open_session(request.model_path, 1)
        for batch in batches:
            (scores,) = session.run(None, {"input": matrix_of(batch, request.features)})
            yield scored_batch(batch.column(KEY), scores)

    key_type = dict(rows.dtypes)[KEY]
    return rows.mapInArrow(score, f"{KEY} {key_type}, score float")


def main() -> None:
    request, design = read_request()
    settings = {
        "spark.driver.memory": "4g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.parquet.compression.codec": "zstd",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    rows = spark.read.parquet(*request.parts).select(*request.columns)
    score = {"udf": score_udf, "arrow": score_arrow}[design]
    score(spark, request, rows).write.mode("overwrite").parquet(request.output)
    spark.stop()


if __name__ == "__main__":
    main()
