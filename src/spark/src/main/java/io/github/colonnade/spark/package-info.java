/**
 * Convolutions of the images in a data set of Apache Spark, computed where its rows are.
 *
 * {@snippet :
 * ConvSpec sharpen = ConvSpec.of(Conv2d.builder(3, 3, 3, 3).groups(3).padding(1).build(), weight, null);
 * Dataset<Row> photographs = spark.read().format("binaryFile").load("photographs");
 * Dataset<Row> sharp = SparkConv.forward(photographs, sharpen, "content", "sharp", 1);
 * }
 *
 * <p>{@link io.github.colonnade.spark.SparkConv} has the operations, {@link
 * io.github.colonnade.spark.ConvSpec} is a convolution with its weights, which goes to the
 * executors, and {@link io.github.colonnade.spark.RowOptions} say how rows are read and what
 * becomes of one that fails.
 *
 * @serial exclude
 */
package io.github.colonnade.spark;
