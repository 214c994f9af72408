package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What is varied. */
enum Suite {
  /** Libraries over the public layers. */
  LAYERS,
  /** The number of images. */
  BATCH,
  /** The images' side. */
  SIZE,
  /** This library's threads. */
  THREADS;

  private static final Set<String> QUICK_LAYERS =
      Set.of("res3_3x3", "res2_1x1", "mobilenet_dw", "photo_5x5");

  private static final Set<String> THREAD_LAYERS =
      Set.of("vgg1_2", "res4_3x3", "res2_1x1", "photo_5x5");

  private static final long MANY_CHANNELS = 64;

  private static final List<Library> CURVES =
      List.of(
          Library.COLONNADE,
          Library.COLONNADE_IM2COL,
          Library.C_BASELINE,
          Library.PYTORCH,
          Library.TENSORFLOW);

  /**
   * Returns the trials of a mode, those of one layer next to each other.
   *
   * @param any whether to give all layers also when the mode is quick
   */
  List<Trial> trials(Mode mode, int threads, boolean any) throws IOException {
    List<Trial> trials =
        switch (this) {
          case LAYERS -> layers(mode == Mode.FULL || any, mode, threads);
          case BATCH -> mode == Mode.FULL || any ? curve(Layers.batches(), threads) : List.of();
          case SIZE -> mode == Mode.FULL || any ? curve(Layers.sizes(), threads) : List.of();
          case THREADS -> mode == Mode.FULL ? threads() : List.of();
        };
    return trials.stream()
        .filter(trial -> trial.library().supports(trial.layer(), trial.dtype(), trial.pass()))
        .toList();
  }

  private List<Trial> layers(boolean all, Mode mode, int threads) throws IOException {
    List<Trial> trials = new ArrayList<>();
    for (Layer layer : Layers.publicSet()) {
      if (!all && !QUICK_LAYERS.contains(layer.name())) {
        continue;
      }
      for (DType dtype : List.of(DType.F64, DType.F32)) {
        for (BenchPass pass : BenchPass.values()) {
          if (mode == Mode.QUICK && dtype == DType.F32 && pass == BenchPass.BACKWARD) {
            continue;
          }
          for (Library library : Library.values()) {
            if (tells(library, layer, dtype, pass)) {
              trials.add(new Trial(this, library, layer, pass, dtype, threads));
            }
          }
        }
      }
    }
    return trials;
  }

  /**
   * Leaves out what would cost minutes and show nothing: the share of the bare multiply is judged
   * forward with many channels, and ND4J takes ten times as long as the others in either type.
   */
  private static boolean tells(Library library, Layer layer, DType dtype, BenchPass pass) {
    return switch (library) {
      case COLONNADE_IM2COL, GEMM ->
          pass == BenchPass.FORWARD && layer.groups() == 1 && layer.c() >= MANY_CHANNELS;
      case ND4J -> dtype == DType.F64;
      default -> true;
    };
  }

  private List<Trial> curve(List<Layer> layers, int threads) {
    return layers.stream()
        .flatMap(
            layer ->
                CURVES.stream()
                    .map(
                        library ->
                            new Trial(this, library, layer, BenchPass.FORWARD, DType.F64, threads)))
        .toList();
  }

  private List<Trial> threads() throws IOException {
    int processors = Runtime.getRuntime().availableProcessors();
    List<Integer> counts =
        Stream.concat(
                Stream.iterate(1, count -> count < processors, count -> 2 * count),
                Stream.of(processors))
            .toList();
    return Layers.publicSet().stream()
        .filter(layer -> THREAD_LAYERS.contains(layer.name()))
        .flatMap(
            layer ->
                Arrays.stream(BenchPass.values())
                    .flatMap(
                        pass ->
                            counts.stream()
                                .map(
                                    count ->
                                        new Trial(
                                            this,
                                            Library.COLONNADE,
                                            layer,
                                            pass,
                                            DType.F64,
                                            count))))
        .toList();
  }
}
