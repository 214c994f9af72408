package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.AlgorithmChoice;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Algorithms chosen by measurement, kept, saved and loaded again. */
class TuningTest {
  private static final long[] SHAPE = {2, 6, 12, 13};
  private static final Pass[] PASSES = {Pass.FORWARD, Pass.BACKWARD_INPUT, Pass.BACKWARD_WEIGHTS};

  @TempDir private Path folder;

  private static Conv2d conv() {
    return Conv2d.builder(6, 5, 3, 3).padding(1).build();
  }

  private static PlanOptions tuned(Tuning tuning) {
    return PlanOptions.defaults().withThreads(2).withTuning(tuning);
  }

  private static List<Algorithm> algorithms(ConvPlan plan) {
    return List.of(
        plan.algorithm(Pass.FORWARD),
        plan.algorithm(Pass.BACKWARD_INPUT),
        plan.algorithm(Pass.BACKWARD_WEIGHTS));
  }

  @Test
  void manyThreadsMeasureEachProblemOnceAndALaterProgramNever() throws Exception {
    Tuning tuning = Tuning.create();
    assertTrue(tuning.measures());
    List<ConvPlan> plans = new ArrayList<>();
    long begin = System.nanoTime();
    try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
      List<Future<Conv2dPlan>> made = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        made.add(callers.submit(() -> conv().plan(tuned(tuning), DType.F64, SHAPE)));
      }
      for (Future<Conv2dPlan> plan : made) {
        plans.add(plan.get());
      }
    }
    long measured = System.nanoTime() - begin;
    assertEquals(3, tuning.size());
    assertEquals("Tuning[3 choices, measures]", tuning.toString());
    for (ConvPlan plan : plans) {
      assertEquals(algorithms(plans.getFirst()), algorithms(plan));
      assertEquals(3, plan.explain().split(" \\(chosen by tuning\\): ", -1).length - 1);
    }
    begin = System.nanoTime();
    conv().plan(tuned(tuning), DType.F64, SHAPE);
    assertTrue(System.nanoTime() - begin < measured / 4, "measured again");

    Path path = folder.resolve("tuning.txt");
    tuning.save(path);
    tuning.save(path);
    try (var names = Files.list(folder)) {
      assertEquals(List.of(path), names.toList());
    }
    Tuning loaded = Tuning.load(path);
    assertFalse(loaded.measures());
    assertEquals("Tuning[3 choices, pinned]", loaded.toString());
    ConvPlan again = conv().plan(tuned(loaded), DType.F64, SHAPE);
    assertEquals(algorithms(plans.getFirst()), algorithms(again));
    ConvPlan other = conv().plan(tuned(loaded), DType.F64, 3, 6, 12, 13);
    assertFalse(other.explain().contains("tuning"), other.explain());
    assertEquals(3, loaded.size());
    assertBitsAreThoseOf(again);
  }

  /** Compares a plan's passes with those of plans that are asked for the same algorithms. */
  private static void assertBitsAreThoseOf(ConvPlan plan) {
    for (Pass pass : PASSES) {
      PlanOptions asked = PlanOptions.defaults().withThreads(1).withAlgorithm(plan.algorithm(pass));
      ConvPlan same = conv().plan(asked, plan.dtype(), plan.inputShape());
      assertArrayEquals(bits(same, pass), bits(plan, pass), plan.explain());
    }
  }

  private static byte[] bits(ConvPlan plan, Pass pass) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(1);
      Tensor input = Guarded.random(arena, random, plan.dtype(), plan.inputShape()).tensor();
      Tensor weight = Guarded.random(arena, random, plan.dtype(), plan.weightShape()).tensor();
      Tensor grad = Guarded.random(arena, random, plan.dtype(), plan.outputShape()).tensor();
      Tensor result =
          switch (pass) {
            case FORWARD -> Tensor.allocate(arena, plan.dtype(), plan.outputShape());
            case BACKWARD_INPUT -> Tensor.allocate(arena, plan.dtype(), plan.inputShape());
            default -> Tensor.allocate(arena, plan.dtype(), plan.weightShape());
          };
      switch (pass) {
        case FORWARD -> plan.forward(input, weight, null, result);
        case BACKWARD_INPUT -> plan.backwardInput(grad, weight, result);
        default -> plan.backwardWeights(input, grad, result);
      }
      return result.segment().toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Test
  void optionsThatAreAskedForAreHonoured() {
    Tuning tuning = Tuning.create();
    PlanOptions options = tuned(tuning);
    ConvPlan asked = conv().plan(options.withAlgorithm(Algorithm.WINOGRAD), DType.F64, SHAPE);
    assertEquals(Algorithm.WINOGRAD, asked.algorithm());
    assertTrue(asked.explain().contains("WINOGRAD (as asked)"), asked.explain());
    ConvPlan empty = conv().plan(options, DType.F64, 0, 6, 12, 13);
    assertFalse(empty.explain().contains("tuning"), empty.explain());
    assertEquals(0, tuning.size());

    long cap = 40_000;
    ConvPlan exact =
        conv()
            .plan(
                options.withThreads(1).withExact(true).withMaxWorkspaceBytes(cap),
                DType.F32,
                SHAPE);
    assertEquals(3, tuning.size());
    for (Pass pass : PASSES) {
      assertNotEquals(Algorithm.WINOGRAD, exact.algorithm(pass));
      assertTrue(exact.workspaceBytes(pass) <= cap + 256, exact.explain());
    }
    ConvPlan transposed =
        ConvTranspose2d.builder(1, 2, 2, 2)
            .build()
            .plan(options.withThreads(1), DType.F64, 1, 1, 3, 3);
    assertTrue(transposed.explain().contains("tuning"), transposed.explain());
    assertEquals(6, tuning.size());
    // A copy goes its own way.
    Tuning pinned = tuning.withMeasuring(false);
    conv().plan(tuned(pinned), DType.F64, SHAPE);
    assertEquals(6, pinned.size());
    assertTrue(pinned.withMeasuring(true).measures());
    assertSame(null, options.withTuning(null).tuning());
  }

  private static ConvAlgorithm algorithm(String name, TunedProblem problem) {
    return AlgorithmChoice.named(name, problem.problem());
  }

  private static TunedProblem problem(ConvPass pass, PlanOptions options, DType dtype) {
    ConvGeometry geometry = conv().geometry(SHAPE);
    ElementType type = ElementType.valueOf(dtype.name());
    double operands = conv().plan(dtype, SHAPE).operandBytes();
    WorkspaceCap cap = options.workspaceCap(operands);
    return new TunedProblem(pass, geometry, type, cap, options.exact(), options.threads());
  }

  @Test
  void whatIsPinnedIsUsedForItsProblemAlone() throws IOException {
    PlanOptions options = PlanOptions.defaults().withThreads(2);
    Map<TunedProblem, ConvAlgorithm> choices = new HashMap<>();
    TunedProblem forward = problem(ConvPass.FORWARD, options, DType.F64);
    choices.put(forward, algorithm("REFERENCE", forward));
    TunedProblem back = problem(ConvPass.BACKWARD_INPUT, options, DType.F64);
    choices.put(back, algorithm("WINOGRAD", back));
    TunedProblem weights = problem(ConvPass.BACKWARD_WEIGHTS, options, DType.F64);
    choices.put(weights, algorithm("DIRECT", weights));
    Path path = folder.resolve("pinned");
    TuningFile.write(path, choices);
    PlanOptions pinned = options.withTuning(Tuning.load(path));
    ConvPlan plan = conv().plan(pinned, DType.F64, SHAPE);
    assertEquals(
        List.of(Algorithm.REFERENCE, Algorithm.WINOGRAD, Algorithm.DIRECT), algorithms(plan));
    assertBitsAreThoseOf(plan);
    ConvPlan rectified = conv().plan(pinned.withActivation(Activation.RELU), DType.F64, SHAPE);
    assertEquals(algorithms(plan), algorithms(rectified));
    for (ConvPlan other :
        List.of(
            conv().plan(pinned.withThreads(1), DType.F64, SHAPE),
            conv().plan(pinned.withExact(true), DType.F64, SHAPE),
            conv().plan(pinned.withMaxWorkspaceBytes(3 << 20), DType.F64, SHAPE),
            conv().plan(pinned, DType.F32, SHAPE),
            conv().plan(pinned, DType.F64, 1, 6, 12, 13),
            Conv2d.builder(6, 5, 3, 3).build().plan(pinned, DType.F64, SHAPE))) {
      assertFalse(other.explain().contains("tuning"), other.explain());
    }
    // One-line calls keep their plans by shape, each operator with the options that it has.
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(2);
      Tensor input = Guarded.random(arena, random, DType.F64, SHAPE).tensor();
      Tensor weight = Guarded.random(arena, random, DType.F64, 5, 6, 3, 3).tensor();
      Conv2d withIt = Conv2d.builder(6, 5, 3, 3).padding(1).options(pinned).build();
      Conv2d without = Conv2d.builder(6, 5, 3, 3).padding(1).options(options).build();
      for (int call = 0; call < 2; call++) {
        withIt.forward(arena, input, weight, null);
        without.forward(arena, input, weight, null);
      }
      assertEquals(Algorithm.REFERENCE, withIt.plans.plan(input).algorithm());
      assertNotEquals(Algorithm.REFERENCE, without.plans.plan(input).algorithm());
    }
  }

  @Test
  void everyGeometryIsReadAsItWasWritten() throws IOException {
    Map<TunedProblem, ConvAlgorithm> choices = new HashMap<>();
    List<Convolution<?>> convs = new ArrayList<>();
    List<long[]> shapes = new ArrayList<>();
    ConvCase.named()
        .values()
        .forEach(
            drawn -> {
              convs.add(drawn.conv());
              shapes.add(drawn.inputShape());
            });
    ConvTransposeCase.named()
        .values()
        .forEach(
            drawn -> {
              convs.add(drawn.conv());
              shapes.add(drawn.inputShape());
            });
    for (int i = 0; i < convs.size(); i++) {
      ConvGeometry geometry = convs.get(i).geometry(shapes.get(i));
      if (geometry.outPixels() * geometry.inPlane() == 0) {
        continue;
      }
      for (ConvPass pass : ConvPass.values()) {
        TunedProblem problem =
            new TunedProblem(
                pass, geometry, ElementType.F32, WorkspaceCap.ofThread(1 << 20), i % 2 == 0, i + 1);
        for (ConvAlgorithm each : AlgorithmChoice.candidates(problem.problem(), i % 2 == 0)) {
          choices.put(problem, each);
          assertEquals(
              new TunedProblem.Choice(problem, each), TunedProblem.parse(problem.line(each)));
        }
      }
    }
    assertTrue(choices.size() > 200, choices.size() + " choices");
    Path path = folder.resolve("all");
    TuningFile.write(path, choices);
    assertEquals(choices, TuningFile.read(path));
  }

  /** Sizes whose products fit a long as long as channels are divided by groups. */
  @Test
  void aProblemOfManyGroupsIsReadAsItWasWritten() {
    long channels = 1L << 40;
    ConvGeometry geometry =
        Conv2d.builder(channels, channels, 3, 3)
            .groups(channels)
            .build()
            .geometry(1, channels, 12, 13);
    TunedProblem problem =
        new TunedProblem(
            ConvPass.FORWARD,
            geometry,
            ElementType.F64,
            WorkspaceCap.ofThread(1 << 20),
            true,
            Integer.MAX_VALUE);
    ConvAlgorithm reference = algorithm("REFERENCE", problem);
    assertEquals(
        new TunedProblem.Choice(problem, reference), TunedProblem.parse(problem.line(reference)));
  }

  private Path file() throws IOException {
    PlanOptions options = PlanOptions.defaults().withThreads(2);
    Map<TunedProblem, ConvAlgorithm> choices = new HashMap<>();
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      TunedProblem forward = problem(ConvPass.FORWARD, options, dtype);
      choices.put(forward, algorithm("WINOGRAD", forward));
    }
    Path path = folder.resolve("tuning.txt");
    TuningFile.write(path, choices);
    return path;
  }

  @Test
  void aFileThatIsCutShortOrChangedIsRefused() throws IOException {
    Path path = file();
    byte[] good = Files.readAllBytes(path);
    for (int length = 0; length < good.length; length++) {
      Files.write(path, java.util.Arrays.copyOf(good, length));
      refuse(path, "");
    }
    for (int i = 0; i < good.length; i++) {
      for (int flip : new int[] {1, 4, 0x80}) {
        byte[] changed = good.clone();
        changed[i] ^= (byte) flip;
        Files.write(path, changed);
        refuse(path, "");
      }
    }
    Files.write(path, good);
    assertEquals(2, Tuning.load(path).size());
  }

  private static void refuse(Path path, String says) {
    TuningFormatException thrown =
        assertThrows(TuningFormatException.class, () -> Tuning.load(path));
    String message = thrown.getMessage();
    assertTrue(message.startsWith(path + ": "), message);
    assertTrue(message.contains(says), message + " lacks " + says);
    assertTrue(message.lines().count() == 1, message);
  }

  @Test
  void aFileFromElsewhereIsRefused() throws IOException {
    Path path = file();
    List<String> lines = Files.readAllLines(path);
    String version = OpenBlas.info().version();
    String core = OpenBlas.info().core();
    String kernels = PlanOptions.kernels();
    assertTrue(lines.get(1).matches("colonnade \\S+"), lines.get(1));
    replace(path, lines, 1, "colonnade-tuning 2");
    refuse(path, ": line 1: colonnade-tuning is '2', this library reads '1'");
    replace(path, lines, 1, "PNG");
    refuse(path, ": line 1: does not begin with colonnade-tuning: this is no file of tuning");
    replace(path, lines, 2, "colonnade 0.0.9");
    refuse(path, ": line 2: colonnade is '0.0.9', here it is '");
    replace(path, lines, 3, "openblas 0.2.20");
    refuse(path, ": line 3: openblas is '0.2.20', here it is '" + version + "'");
    replace(path, lines, 4, "core Z80");
    refuse(path, ": line 4: core is 'Z80', here it is '" + core + "'");
    replace(path, lines, 5, "kernels none");
    refuse(path, ": line 5: kernels is 'none', here it is '" + kernels + "'");
    replace(path, lines, 4, "kernels " + kernels);
    refuse(path, ": line 4: is 'kernels " + kernels + "', must begin with core");
    Files.write(path, new byte[0]);
    refuse(path, ": line 1: does not begin with colonnade-tuning");
  }

  @Test
  void aLineThatIsWrongIsRefused() throws IOException {
    Path path = file();
    List<String> lines = Files.readAllLines(path);
    String line = lines.get(6);
    assertTrue(line.contains(" type=F64 "), line);
    wrong(path, lines, line.replace("WINOGRAD", "DFT"), "algorithm: is 'DFT', must be one of ");
    wrong(
        path,
        lines,
        line.replace("kernelH=3", "kernelH=1").replace("outH=12", "outH=14"),
        "algorithm: is 'WINOGRAD', must be one of FFT, DIRECT, IM2COL, REFERENCE");
    wrong(path, lines, line.replace("exact=false", "exact=true"), "algorithm: is 'WINOGRAD', must");
    wrong(path, lines, line.replace("exact=false", "exact=no"), "exact: is 'no', must be one of");
    wrong(path, lines, line.replace("FORWARD", "SIDEWARDS"), "pass: is 'SIDEWARDS', must be one");
    wrong(path, lines, line.replace("F64", "I64"), "type: is 'I64', must be one of F64, F32");
    wrong(path, lines, line.replace("batch=2", "batch=0"), "batch: is 0, must be at least 1");
    wrong(path, lines, line.replace("batch=2", "batch=-2"), "batch: is -2, must be at least 1");
    wrong(path, lines, line.replace("batch=2", "batch=2.5"), "batch: is '2.5', must be a whole");
    String huge = "9".repeat(19);
    wrong(path, lines, line.replace("batch=2", "batch=" + huge), "batch: is '999");
    wrong(path, lines, line.replace("batch=2", "batch=" + (1L << 61)), "input: shape [");
    wrong(
        path, lines, line.replace("batch=2", "btch=2"), "has 'btch=2' as field 3, must be batch=");
    wrong(
        path, lines, line.replace("groups=1", "groups=4"), "inChannels: is 6, must be a multiple");
    wrong(
        path, lines, line.replace("groups=1", "groups=3"), "outChannels: is 5, must be a multiple");
    wrong(path, lines, line.replace("outW=13", "outW=12"), "outW: is 12, the other sizes make it");
    long most = Long.MAX_VALUE;
    wrong(path, lines, line.replace("padTop=1", "padTop=" + most), "inH: with padding and kernel");
    wrong(
        path,
        lines,
        line.replaceFirst("dilationH=1", "dilationH=" + most),
        "inH: with padding and kernel does not fit a long");
    wrong(path, lines, line.replaceFirst("threadBytes=", "threadBytes=-"), "threadBytes: is -");
    wrong(
        path, lines, line.replaceFirst("sharedBytes=[0-9]+", "sharedBytes=0"), "sharedBytes: is 0");
    wrong(path, lines, line.replace("threads=2", "threads=0"), "threads: is 0, must be at least 1");
    wrong(
        path,
        lines,
        line.replace("threads=2", "threads=" + (1L << 31)),
        "threads: is 2147483648, must fit an int");
    wrong(path, lines, line + " ", "has '' behind its last field");
    wrong(path, lines, "", "has '' as field 1, must be pass=");
    wrong(path, lines, "x".repeat(40), "has '" + "x".repeat(40) + "' as field 1");
    wrong(path, lines, "x".repeat(1000), "has '" + "x".repeat(40) + "…' as field 1");
    wrong(path, lines, line + "\r", "algorithm: is 'WINOGRAD\\u000d', must be one of");
    wrong(path, lines, lines.get(5), "is about the same problem as line 6");
  }

  /** Puts something in the place of the seventh line, with the checksum that belongs to it. */
  private static void wrong(Path path, List<String> lines, String line, String says)
      throws IOException {
    assertNotEquals(lines.get(6), line);
    replace(path, lines, 7, line);
    refuse(path, path + ": line 7: " + says);
  }

  private static void replace(Path path, List<String> lines, int number, String line)
      throws IOException {
    List<String> changed = new ArrayList<>(lines.subList(0, lines.size() - 1));
    changed.set(number - 1, line);
    Files.writeString(path, signed(String.join("\n", changed) + "\n"));
  }

  private static String signed(String text) {
    CRC32 sum = new CRC32();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    return text + String.format("crc32 %08x%n", sum.getValue());
  }

  @Test
  void aFileThatEndsOtherwiseIsRefused() throws IOException {
    Path path = file();
    String text = Files.readString(path);
    Files.writeString(path, text + "more\n");
    refuse(path, ": line 9: stands behind the last line, which is crc32");
    Files.writeString(path, text.substring(0, text.length() - 1));
    refuse(path, ": line 8: has no end: the file is cut short");
    Files.writeString(path, text.substring(0, text.indexOf("crc32")));
    refuse(path, ": line 8: is missing: the file is cut short");
    Files.writeString(path, text.substring(0, text.indexOf("crc32")) + "crc32 00000000\n");
    refuse(path, ": line 8: crc32 is '00000000', that of the lines above is ");
    byte[] notText = text.getBytes(StandardCharsets.UTF_8);
    notText[text.indexOf("\ncore ") + 3] = (byte) 0xFF;
    Files.write(path, notText);
    refuse(path, ": line 4: is not UTF-8");
    Files.write(path, new byte[16 << 20]);
    refuse(path, ": line 1: does not begin with colonnade-tuning");
    Files.write(path, new byte[(16 << 20) + 1]);
    refuse(path, ": is larger than 16777216 bytes");
  }

  @Test
  void aFileThatCannotBeReadOrWrittenSaysSo() throws IOException {
    Path missing = folder.resolve("missing");
    assertEquals(
        missing + ": no such file",
        assertThrows(NoSuchFileException.class, () -> Tuning.load(missing)).getMessage());
    assertEquals(
        folder + ": is a directory, must be a file",
        assertThrows(FileSystemException.class, () -> Tuning.load(folder)).getMessage());
    Tuning tuning = Tuning.create();
    assertEquals(
        missing.resolve("t") + ": its folder does not exist",
        assertThrows(NoSuchFileException.class, () -> tuning.save(missing.resolve("t")))
            .getMessage());
    assertThrows(NullPointerException.class, () -> Tuning.load(null));
    assertThrows(NullPointerException.class, () -> tuning.save(null));
    Path none = folder.resolve("none");
    tuning.save(none);
    assertEquals(0, Tuning.load(none).size());
  }
}
