package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.cli.files.InputPath;
import io.github.colonnade.cli.files.NewFiles;
import io.github.colonnade.cli.files.OutputPath;
import io.github.colonnade.image.Photograph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One photograph through the library, or an array of any size. */
@Command(
    name = "filter",
    description = {
      "Filter one photograph: PNG, JPEG, BMP or GIF, grey or in colours, 8 or 16 bits; or the planes",
      "of an array (.npy), which are told of at the end.",
      "The result has the same size, bit depth, opacity and colour profile; values are cut to the",
      "range from black to white. An image with an orientation (Exif) is turned as it says first.",
      "",
      "sobel, scharr: magnitude of the gradient of the luminance, in grey; an edge that goes a",
      "  quarter of the way from black to white is white.",
      "laplacian: absolute second derivative of the luminance over eight neighbours, in grey.",
      "gaussian: of --sigma, cut off at three times that.  box: mean of 5 x 5.  sharpen, emboss:",
      "  3 x 3.  In colours.",
      "FILE.npy: any kernel [KH, KW] of f8 or f4, unflipped (cross-correlation), on each colour;",
      "  its anchor is element KH/2, KW/2, rounded down.",
      "",
      "The luminance of colours is 0.299 red + 0.587 green + 0.114 blue of the values as they are",
      "stored: the luma of ITU-R BT.601, as in JPEG, not linear light.",
      "",
      "A pixel counts as its opacity; what is missing from it counts as the mean of the visible",
      "colours under the kernel, each weighted by its opacity and the size of its tap. So hidden",
      "colours have no say, an even colour stays even beside them, and no edge is found there.",
      "",
      "An array [H, W] or [N, C, H, W] of f8 or f4 gives one of the same shape and type, each plane",
      "filtered on its own; values are what the kernel makes of them, not cut to any range. It need",
      "not fit in memory: files are mapped, and computed tile by tile. (One in Fortran order or",
      "big-endian is read into memory.)",
      ""
    },
    sortOptions = false)
final class FilterCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "The photograph, or an array: x.npy.")
  private Path imageFile;

  @Mixin private ImageKernelOptions kernels = new ImageKernelOptions();

  @Option(
      names = "--boundary",
      paramLabel = "B",
      converter = Choices.BoundaryConverter.class,
      description =
          "What lies beyond the border: fill (opaque black), reflect (mirrored, the outermost pixels not "
              + "repeated), replicate (the outermost pixels) or wrap (the opposite side); reflect "
              + "if left out.")
  private Boundary boundary = Boundary.REFLECT;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.png",
      description = "Where the result goes: OUT.npy for an array.")
  private Path outputFile;

  @Option(
      names = "--dtype",
      paramLabel = "f64|f32",
      converter = Choices.DTypeConverter.class,
      description = "Type to compute in and write, for arrays alone; the input's if left out.")
  private DType dtype;

  @Option(
      names = "--tile",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      description =
          "Rows and columns computed at a time, for arrays alone; 2048 or the kernel's if left out. "
              + "The result does not change.")
  private Long tile;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    boolean array = isArray(imageFile);
    if (!hasEnding(outputFile.toString(), array ? ".npy" : ".png")) {
      throw new IllegalArgumentException(
          "--output: is '"
              + outputFile
              + "', must end in "
              + (array
                  ? ".npy as the input does"
                  : isArray(outputFile) ? ".png for a photograph" : ".png"));
    }
    if (array) {
      return filterArray();
    }
    requireLeftOut("--dtype", dtype);
    requireLeftOut("--tile", tile);
    OutputPath.requireWritable(outputFile);
    ImageKernel kernel = kernels.kernel();
    InputPath.requireRegular(imageFile, "an image");
    Photograph photograph = Photograph.read(imageFile);
    Photograph result = new ImageFilter(boundary, threads.threads()).apply(photograph, kernel);
    NewFiles.write(outputFile, result::write);
    result.colourLoss().ifPresent(this::warn);
    return 0;
  }

  private int filterArray() throws IOException {
    ImageKernel kernel = kernels.kernel();
    InputPath.requireRegular(imageFile, "an array");
    new ArrayFilter(boundary, threads.threads(), dtype, tile == null ? 0 : tile)
        .apply(imageFile, outputFile, kernel);
    return 0;
  }

  private static void requireLeftOut(String option, Object value) {
    if (value != null) {
      throw new IllegalArgumentException(option + ": is for arrays (.npy) alone");
    }
  }

  private static boolean isArray(Path file) {
    return hasEnding(file.toString(), ".npy");
  }

  private void warn(String loss) {
    spec.commandLine()
        .getErr()
        .println("colonnade: " + Printable.text(imageFile + ": " + loss + ", so it is left out"));
  }

  static boolean hasEnding(String file, String ending) {
    return file.toLowerCase(Locale.ROOT).endsWith(ending);
  }
}
