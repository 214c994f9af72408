package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.OpenBlas;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerTable;
import io.github.colonnade.cli.bench.LayerTimer;
import io.github.colonnade.cli.bench.Measurement;
import io.github.colonnade.cli.files.NewFiles;
import io.github.colonnade.cli.files.NewFolder;
import io.github.colonnade.cli.files.OutputPath;
import io.github.colonnade.cli.plot.Page;
import io.github.colonnade.image.Channels;
import io.github.colonnade.image.ImageOptions;
import io.github.colonnade.image.Photograph;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Filters two photographs and times layers, as a demonstration. */
@Command(
    name = "demo",
    description = {
      "Run two photographs through every kernel of 'filter' into contact-sheet.png and time layers.",
      "Takes about ten seconds."
    },
    sortOptions = false)
final class DemoCommand implements Callable<Integer> {
  private static final String SHEET = "contact-sheet.png";
  private static final List<String> PHOTOGRAPHS = List.of("chelsea", "camera");
  private static final Map<String, String> PHOTOGRAPHERS =
      Map.of("chelsea", "Stefan van der Walt", "camera", "Lav Varshney");
  private static final Set<String> LAYERS =
      Set.of("resnet_c1", "res2_3x3", "res4_3x3", "photo_5x5", "lenet1");

  private static final double SECONDS = 0.3;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "Where contact-sheet.png goes; this folder if left out. Made if it is missing.")
  private Path outputDir = Path.of("");

  @Mixin private ThreadsOption threads = new ThreadsOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (Files.exists(outputDir) && !Files.isDirectory(outputDir)) {
      throw new IllegalArgumentException(
          "--output-dir: " + outputDir + " is a file, must be a folder");
    }
    try (NewFolder _ = new NewFolder(outputDir)) {
      run(out);
    }
    return 0;
  }

  private void run(PrintWriter out) throws IOException {
    Path sheet = outputDir.resolve(SHEET);
    OutputPath.requireWritable(sheet);
    BenchReport.printMachine(out, threads.threads());
    out.println();
    ContactSheet page = filterPhotographs();
    NewFiles.write(sheet, Photograph.of(page.draw())::write);
    out.println("Contact sheet: " + Printable.text(sheet.toString()));
    if (!Page.canWrite()) {
      out.println(
          "No fonts on this machine, so no captions. Row by row: original, "
              + ImageKernel.NAMED.stream().map(ImageKernel::name).collect(Collectors.joining(", "))
              + ".");
    }
    out.println();
    out.flush();
    List<Measurement> measurements = measure();
    BenchReport report = new BenchReport(out, false);
    report.printHeader();
    measurements.forEach(measured -> report.print(measured, null));
    out.printf("%nGEMM: the bare matrix multiply of the same size. All layers: colonnade bench%n");
  }

  private ContactSheet filterPhotographs() throws IOException {
    OpenBlas.Info blas = OpenBlas.info();
    String how =
        "Double precision, OpenBLAS " + blas.version() + " with " + blas.core() + " kernels";
    ContactSheet page =
        new ContactSheet("Two photographs through seven kernels", "Colonnade · " + how);
    ImageFilter filter = new ImageFilter(Boundary.REFLECT, threads.threads());
    try (Progress progress =
        Progress.of("filter", (long) PHOTOGRAPHS.size() * ImageKernel.NAMED.size())) {
      for (String name : PHOTOGRAPHS) {
        Photograph photograph = photograph(name);
        String note =
            "by " + PHOTOGRAPHERS.get(name) + ", " + photograph.width() + "×" + photograph.height();
        List<ContactSheet.Tile> tiles = new ArrayList<>();
        tiles.add(new ContactSheet.Tile("original", note, toScreen(photograph)));
        for (ImageKernel kernel : ImageKernel.NAMED) {
          Photograph result = filter.apply(photograph, kernel);
          tiles.add(new ContactSheet.Tile(kernel.name(), kernel.note(), toScreen(result)));
          progress.step();
        }
        page.add(tiles);
      }
    }
    return page;
  }

  private static BufferedImage toScreen(Photograph photograph) {
    return photograph.toImage(ImageOptions.defaults().withChannels(Channels.RGB));
  }

  private static Photograph photograph(String name) throws IOException {
    String resource = "images/" + name + ".png";
    try (InputStream in = DemoCommand.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(resource + " is missing from the program's own files");
      }
      return Photograph.read(in, resource);
    }
  }

  private List<Measurement> measure() throws IOException {
    List<Layer> layers =
        LayerTable.publicSet().layers().stream()
            .filter(layer -> LAYERS.contains(layer.name()))
            .toList();
    LayerTimer timer =
        new LayerTimer(
            BenchPass.FORWARD, PlanOptions.defaults().withThreads(threads.threads()), SECONDS);
    timer.measure(layers.get(0), DType.F64);
    List<Measurement> measurements = new ArrayList<>();
    try (Progress progress = Progress.of("bench", 2L * layers.size())) {
      for (DType dtype : List.of(DType.F64, DType.F32)) {
        for (Layer layer : layers) {
          measurements.add(timer.measure(layer, dtype));
          progress.step();
        }
      }
    }
    return measurements;
  }
}
