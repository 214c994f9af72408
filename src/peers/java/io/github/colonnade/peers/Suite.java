package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What is varied. */
enum Suite {
  /** Whole networks, one image and four. */
  NETWORKS,
  /** The first calls of a JVM. */
  FIRST,
  /** Libraries over the public layers. */
  LAYERS,
  /** The number of images. */
  BATCH,
  /** The images' side. */
  SIZE,
  /** This library's threads. */
  THREADS;

  private static final String QUICK_NETWORK = "resnet50";

  private static final Set<String> FIRST_LAYERS = Set.of("tiny", "res3_3x3", "mobilenet_dw");

  private static final Set<String> THREAD_LAYERS =
      Set.of("vgg1_2", "res4_3x3", "res2_1x1", "photo_5x5");

  private static final long MANY_CHANNELS = 64;

  /** What the quick mode runs. */
  private static final List<Library> QUICK =
      List.of(Library.COLONNADE, Library.COLONNADE_VECTOR, Library.PYTORCH);

  private static final List<Library> OF_FIRST_CALLS =
      List.of(Library.COLONNADE, Library.COLONNADE_VECTOR, Library.PYTORCH, Library.ONNX_RUNTIME);

  private static final List<Library> OF_NETWORKS =
      List.of(
          Library.COLONNADE,
          Library.COLONNADE_VECTOR,
          Library.COLONNADE_PREPARED,
          Library.PYTORCH,
          Library.ONNX_RUNTIME);

  private static final List<Library> CURVES =
      List.of(
          Library.COLONNADE,
          Library.COLONNADE_IM2COL,
          Library.C_BASELINE,
          Library.PYTORCH,
          Library.TENSORFLOW);

  /** Returns the trials of a mode, those of one problem next to each other. */
  List<Trial> trials(Mode mode, int threads) throws IOException {
    List<Trial> trials = mode == Mode.QUICK ? quick(threads) : full(threads);
    return trials.stream()
        .filter(trial -> trial.library().supports(trial.layer(), trial.dtype(), trial.pass()))
        .toList();
  }

  private List<Trial> quick(int threads) throws IOException {
    return switch (this) {
      case NETWORKS -> network(QUICK_NETWORK, 1, QUICK, threads);
      case FIRST -> first(List.of(DType.F64), QUICK, threads);
      default -> List.of();
    };
  }

  private List<Trial> full(int threads) throws IOException {
    return switch (this) {
      case NETWORKS -> networks(threads);
      case FIRST -> first(List.of(DType.F64, DType.F32), OF_FIRST_CALLS, threads);
      case LAYERS -> layers(threads);
      case BATCH -> curve(Layers.batches(), threads);
      case SIZE -> curve(Layers.sizes(), threads);
      case THREADS -> threads();
    };
  }

  private List<Trial> networks(int threads) throws IOException {
    List<Trial> trials = new ArrayList<>();
    for (String name : LayerTable.NETWORKS) {
      for (long images : new long[] {1, 4}) {
        trials.addAll(network(name, images, OF_NETWORKS, threads));
      }
    }
    return trials;
  }

  private List<Trial> network(String name, long images, List<Library> libraries, int threads)
      throws IOException {
    List<Trial> trials = new ArrayList<>();
    for (DType dtype : List.of(DType.F64, DType.F32)) {
      for (BenchPass pass : BenchPass.values()) {
        for (Layer layer : Layers.network(name)) {
          for (Library library : libraries) {
            trials.add(
                new Trial(this, library, name, layer.withImages(images), pass, dtype, threads));
          }
        }
      }
    }
    return trials;
  }

  private List<Trial> first(List<DType> dtypes, List<Library> libraries, int threads)
      throws IOException {
    List<Trial> trials = new ArrayList<>();
    for (Layer layer : Layers.publicSet()) {
      for (DType dtype : FIRST_LAYERS.contains(layer.name()) ? dtypes : List.<DType>of()) {
        for (Library library : libraries) {
          trials.add(new Trial(this, library, layer, BenchPass.FORWARD, dtype, threads));
        }
      }
    }
    return trials;
  }

  private List<Trial> layers(int threads) throws IOException {
    List<Trial> trials = new ArrayList<>();
    for (Layer layer : Layers.publicSet()) {
      for (DType dtype : List.of(DType.F64, DType.F32)) {
        for (BenchPass pass : BenchPass.values()) {
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
   * forward with many channels, prepared weights on networks, and ND4J takes ten times as long as
   * the others in either type.
   */
  private static boolean tells(Library library, Layer layer, DType dtype, BenchPass pass) {
    return switch (library) {
      case COLONNADE_IM2COL, GEMM ->
          pass == BenchPass.FORWARD && layer.groups() == 1 && layer.c() >= MANY_CHANNELS;
      case COLONNADE_PREPARED -> false;
      case ND4J -> dtype == DType.F64;
      default -> true;
    };
  }

  private List<Trial> curve(List<Layer> layers, int threads) {
    List<Trial> trials = new ArrayList<>();
    for (Layer layer : layers) {
      for (Library library : CURVES) {
        trials.add(new Trial(this, library, layer, BenchPass.FORWARD, DType.F64, threads));
      }
    }
    return trials;
  }

  private List<Trial> threads() throws IOException {
    int processors = Runtime.getRuntime().availableProcessors();
    List<Integer> counts =
        Stream.concat(
                Stream.iterate(1, count -> count < processors, count -> 2 * count),
                Stream.of(processors))
            .toList();
    List<Trial> trials = new ArrayList<>();
    for (int count : counts) {
      for (Layer layer : Layers.publicSet()) {
        for (BenchPass pass : BenchPass.values()) {
          if (THREAD_LAYERS.contains(layer.name())) {
            trials.add(new Trial(this, Library.COLONNADE, layer, pass, DType.F64, count));
          }
        }
      }
    }
    return trials;
  }
}
