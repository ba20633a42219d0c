"""Makes datasets whose columns and types differ, and reads what was exported of them."""

import json
import os
import random
import sys


def items(dataset):
    random.seed(dataset)
    for n in range(random.randrange(500, 5000)):
        item = {"dataset": dataset, "n": n, "price": {"amount": n * 7 % 1000}, "tags": ["a"] * (n % 4)}
        if dataset % 3 == 0:
            item["price"]["amount"] += 0.25  # an integer elsewhere
        if dataset % 4 == 1:
            item["rare"] = f"in some, {n}"  # no column elsewhere
        yield item


def make():
    os.mkdir("items")
    for dataset in range(20):
        with open(f"items/shop-{dataset:02d}.jsonl", "w", encoding="utf-8") as f:
            f.writelines(json.dumps(item) + "\n" for item in items(dataset))


def read():
    assert os.path.exists("job/_SUCCESS")
    with open("job/manifest.json", encoding="utf-8") as f:
        files = [file["path"] for file in json.load(f)["files"]]
    count = amount = tags = rare = 0
    for dataset in range(20):
        for item in items(dataset):
            count += 1
            amount += item["price"]["amount"]
            tags += len(item["tags"])
            rare += "rare" in item
    want = (count, amount, tags, rare)
    query = "select count(*), sum(price.amount), sum({size}(tags)), count(rare) from {table}"

    import duckdb

    got = duckdb.sql(query.format(size="len", table=f"read_parquet({files})")).fetchall()[0]
    print("DuckDB", duckdb.__version__, got)
    assert got == want, (got, want)

    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local-cluster[2,1,1024]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    frame = spark.read.parquet(*[f"file://{path}" for path in files])
    frame.createOrReplaceTempView("items")
    got = tuple(spark.sql(query.format(size="size", table="items")).first())
    workers = len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) - 1  # the driver is one of them
    print("Spark", spark.version, got, "by", workers, "workers")
    assert got == want, (got, want)
    spark.stop()


{"make": make, "read": read}[sys.argv[1]]()
