package io.github.colonnade.cli;

import io.github.colonnade.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Columns to images, on files. */
@Command(
    name = "col2im",
    description = "Sum columns back into images, overlaps added: the adjoint of im2col.",
    sortOptions = false)
final class Col2imCommand implements Callable<Integer> {
  @Option(
      names = "--input",
      required = true,
      paramLabel = "c.npy",
      description = "Columns, of the shape that the layout says.")
  private Path inputFile;

  @Option(
      names = "--shape",
      required = true,
      paramLabel = "N,C,H,W",
      converter = Numbers.ShapeConverter.class,
      description = "Shape of the images.")
  private Numbers.Shape shape;

  @Mixin private ColumnsOptions columns = new ColumnsOptions();

  @Mixin private OutputOption outputFile = new OutputOption();

  @Mixin private DTypeOption dtype = new DTypeOption();

  @Override
  public Integer call() throws IOException {
    ResultFiles results = outputFile.promise();
    try (OperandFiles operands = dtype.operands()) {
      Tensor input = operands.read("--input", "columns", inputFile, columns.form());
      outputFile.put(
          results,
          operands.compute(arena -> columns.im2col(shape.c()).col2im(arena, input, shape.sizes())));
      results.write();
    }
    return 0;
  }
}
