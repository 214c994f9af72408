package io.github.colonnade;

import static io.github.colonnade.OperatorCall.call;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A call of every operator that there is, small, and of every algorithm. */
final class OperatorCalls {
  private static final long[] INPUT = {2, 4, 9, 10};
  private static final long[] WEIGHT = {4, 4, 3, 3};
  private static final long[] POOLED = {2, 4, 4, 5};
  private static final int THREADS = 2;

  private final Arena arena;
  private final DType dtype;
  private final List<OperatorCall> calls = new ArrayList<>();

  private OperatorCalls(Arena arena, DType dtype) {
    this.arena = arena;
    this.dtype = dtype;
  }

  /**
   * Returns all calls.
   *
   * @param arena owner of what they make
   * @param dtype the type of all operands but indices
   */
  static List<OperatorCall> all(Arena arena, DType dtype) {
    OperatorCalls all = new OperatorCalls(arena, dtype);
    for (Algorithm algorithm : Algorithm.values()) {
      if (algorithm == Algorithm.AUTO) {
        continue; // one of the others
      }
      PlanOptions options =
          PlanOptions.defaults()
              .withThreads(THREADS)
              .withAlgorithm(algorithm)
              .withActivation(Activation.RELU);
      Conv2d conv = Conv2d.builder(4, 4, 3, 3).padding(1).options(options).build();
      all.plan("Conv2d " + algorithm, conv.plan(dtype, INPUT));
      ConvTranspose2d transposed =
          ConvTranspose2d.builder(4, 4, 3, 3).padding(1).options(options).build();
      all.plan("ConvTranspose2d " + algorithm, transposed.plan(dtype, INPUT));
      all.oneLine("Conv2d " + algorithm, conv);
      all.oneLine("ConvTranspose2d " + algorithm, transposed);
    }
    all.maxPool("MaxPool2d", MaxPool2d.builder(2, 2).threads(THREADS).build());
    all.maxPool("AdaptiveMaxPool2d", AdaptiveMaxPool2d.of(4, 5).withThreads(THREADS));
    all.averagePool("AvgPool2d", AvgPool2d.builder(2, 2).threads(THREADS).build());
    all.averagePool("AdaptiveAvgPool2d", AdaptiveAvgPool2d.of(4, 5).withThreads(THREADS));
    all.unpool(MaxUnpool2d.of(9, 10).withThreads(THREADS));
    for (Pad2d.Mode mode : Pad2d.Mode.values()) {
      all.pad(Pad2d.builder(mode).padding(1, 2, 3, 0).threads(THREADS).build());
    }
    all.separable(
        SeparableFilter2d.builder(SeparableKernel.gaussian(0.7)).threads(THREADS).build());
    for (Im2col.Layout layout : Im2col.Layout.values()) {
      all.lowering(layout, Im2col.builder(3, 2).layout(layout).threads(THREADS).build());
    }
    for (Signal2d.Mode mode : Signal2d.Mode.values()) {
      all.signal(Signal2d.Options.defaults().withMode(mode).withThreads(THREADS));
    }
    all.add(
        call("MatrixMultiply", "MatrixMultiply.multiply/3")
            .in("a", dtype, 5, 7)
            .in("b", dtype, 7, 6)
            .out("c", dtype, 5, 6)
            .run(t -> MatrixMultiply.multiply(t[0], t[1], t[2], THREADS)));
    all.relu(Relu.create().withThreads(THREADS));
    all.elementwise(Elementwise.create().withThreads(THREADS));
    all.crossEntropy(SoftmaxCrossEntropy.create().withThreads(THREADS));
    all.linear(Linear.of(360, 5).withThreads(THREADS));
    all.randomFill();
    all.tiles();
    return all.calls;
  }

  private void tiles() {
    MaxPool2d pool = MaxPool2d.builder(2, 2).threads(THREADS).build();
    Tiles tiles = Tiles.split(INPUT[2], INPUT[3], 2, pool.halo());
    add(
        call("TileRunner", "TileRunner.run/2")
            .in("input", dtype, INPUT)
            .out("output", dtype, POOLED)
            .run(
                t ->
                    TileRunner.of(tiles)
                        .withThreads(THREADS)
                        .run(t[0], t[1], (tile, from, to) -> pool.forward(from, to))));
  }

  private void add(OperatorCall call) {
    calls.add(call);
  }

  private void plan(String name, ConvPlan plan) {
    for (boolean own : new boolean[] {false, true}) {
      Workspace workspace = own ? Workspace.allocate(arena, plan.workspaceBytes()) : null;
      String with = name + (own ? " workspace" : "");
      add(
          call(with + " forward", "ConvPlan.forward/4")
              .in("input", dtype, INPUT)
              .in("weight", dtype, WEIGHT)
              .in("bias", dtype, 4)
              .out("output", dtype, INPUT)
              .run(t -> plan.forward(t[0], t[1], t[2], t[3], workspace)));
      add(
          call(with + " backwardInput", "ConvPlan.backwardInput/3")
              .in("gradOutput", dtype, INPUT)
              .in("weight", dtype, WEIGHT)
              .out("gradInput", dtype, INPUT)
              .run(t -> plan.backwardInput(t[0], t[1], t[2], workspace)));
      add(
          call(with + " backwardWeights", "ConvPlan.backwardWeights/3")
              .in("input", dtype, INPUT)
              .in("gradOutput", dtype, INPUT)
              .out("gradWeights", dtype, WEIGHT)
              .run(t -> plan.backwardWeights(t[0], t[1], t[2], workspace)));
      add(
          call(with + " backwardBias", "ConvPlan.backwardBias/2")
              .in("gradOutput", dtype, INPUT)
              .out("gradBias", dtype, 4)
              .run(t -> plan.backwardBias(t[0], t[1], workspace)));
    }
    add(
        call(name + " forward without bias", "ConvPlan.forward/4")
            .in("input", dtype, INPUT)
            .in("weight", dtype, WEIGHT)
            .out("output", dtype, INPUT)
            .run(t -> plan.forward(t[0], t[1], null, t[2])));
    add(
        call(name + " backwardActivation", "ConvPlan.backwardActivation/3")
            .in("output", dtype, INPUT)
            .in("gradOutput", dtype, INPUT)
            .out("gradPreActivation", dtype, INPUT)
            .run(t -> plan.backwardActivation(t[0], t[1], t[2])));
    prepared(name, plan);
  }

  private void prepared(String name, ConvPlan plan) {
    add(
        call(name + " prepared forward", "ConvPlan.prepare/1", "ConvPlan.forward/3")
            .in("weight", dtype, WEIGHT)
            .in("input", dtype, INPUT)
            .in("bias", dtype, 4)
            .out("output", dtype, INPUT)
            .run(t -> plan.forward(t[1], plan.prepare(arena, t[0]), t[2], t[3])));
    add(
        call(name + " prepared backwardInput", "ConvPlan.prepare/1", "ConvPlan.backwardInput/2")
            .in("weight", dtype, WEIGHT)
            .in("gradOutput", dtype, INPUT)
            .out("gradInput", dtype, INPUT)
            .run(t -> plan.backwardInput(t[1], plan.prepare(arena, t[0]), t[2])));
  }

  private void oneLine(String name, Convolution<?> convolution) {
    add(
        call(name + " in one line", "Convolution.forward/3")
            .in("input", dtype, INPUT)
            .in("weight", dtype, WEIGHT)
            .in("bias", dtype, 4)
            .make(t -> made(convolution.forward(arena, t[0], t[1], t[2]))));
  }

  private static Tensor[] made(Tensor... results) {
    return results;
  }

  private void maxPool(String name, MaxPooling2d pool) {
    add(
        call(name + " forward", "MaxPooling2d.forward/2")
            .in("input", dtype, INPUT)
            .out("output", dtype, POOLED)
            .run(t -> pool.forward(t[0], t[1])));
    add(
        call(name + " forward with indices", "MaxPooling2d.forward/3")
            .in("input", dtype, INPUT)
            .out("output", dtype, POOLED)
            .out("indices", DType.I64, POOLED)
            .run(t -> pool.forward(t[0], t[1], t[2])));
    add(
        call(name + " backward", "MaxPooling2d.backward/3")
            .in("input", dtype, INPUT)
            .in("gradOutput", dtype, POOLED)
            .out("gradInput", dtype, INPUT)
            .run(t -> pool.backward(t[0], t[1], t[2])));
    add(
        call(name + " backwardFromIndices", "MaxPooling2d.backwardFromIndices/3")
            .indices("indices", 90, POOLED)
            .in("gradOutput", dtype, POOLED)
            .out("gradInput", dtype, INPUT)
            .run(t -> pool.backwardFromIndices(t[0], t[1], t[2])));
    add(
        call(
                name + " in one line",
                "MaxPooling2d.forward/1",
                "MaxPooling2d.forwardWithIndices/1",
                "MaxPooling2d.backward/2")
            .in("input", dtype, INPUT)
            .in("gradOutput", dtype, POOLED)
            .make(
                t -> {
                  MaxPooling2d.Maxima maxima = pool.forwardWithIndices(arena, t[0]);
                  return made(
                      pool.forward(arena, t[0]),
                      maxima.output(),
                      maxima.indices(),
                      pool.backward(arena, t[0], t[1]));
                }));
  }

  private void averagePool(String name, AvgPooling2d pool) {
    add(
        call(name + " forward", "AvgPooling2d.forward/2")
            .in("input", dtype, INPUT)
            .out("output", dtype, POOLED)
            .run(t -> pool.forward(t[0], t[1])));
    add(
        call(name + " backward", "AvgPooling2d.backward/2")
            .in("gradOutput", dtype, POOLED)
            .out("gradInput", dtype, INPUT)
            .run(t -> pool.backward(t[0], t[1])));
    add(
        call(name + " in one line", "AvgPooling2d.forward/1", "AvgPooling2d.backward/1")
            .in("input", dtype, INPUT)
            .in("gradOutput", dtype, POOLED)
            .make(t -> made(pool.forward(arena, t[0]), pool.backward(arena, t[1], INPUT))));
  }

  private void unpool(MaxUnpool2d unpool) {
    add(
        call("MaxUnpool2d forward", "MaxUnpool2d.forward/3")
            .in("input", dtype, POOLED)
            .indices("indices", 90, POOLED)
            .out("output", dtype, INPUT)
            .run(t -> unpool.forward(t[0], t[1], t[2])));
    add(
        call("MaxUnpool2d backward", "MaxUnpool2d.backward/3")
            .indices("indices", 90, POOLED)
            .in("gradOutput", dtype, INPUT)
            .out("gradInput", dtype, POOLED)
            .run(t -> unpool.backward(t[0], t[1], t[2])));
    add(
        call("MaxUnpool2d in one line", "MaxUnpool2d.forward/2", "MaxUnpool2d.backward/2")
            .in("input", dtype, POOLED)
            .indices("indices", 90, POOLED)
            .in("gradOutput", dtype, INPUT)
            .make(
                t -> made(unpool.forward(arena, t[0], t[1]), unpool.backward(arena, t[1], t[2]))));
  }

  private void pad(Pad2d pad) {
    long[] padded = pad.outputShape(INPUT);
    add(
        call(pad + " forward", "Pad2d.forward/2")
            .in("input", dtype, INPUT)
            .out("output", dtype, padded)
            .run(t -> pad.forward(t[0], t[1])));
    add(
        call(pad + " backward", "Pad2d.backward/2")
            .in("gradOutput", dtype, padded)
            .out("gradInput", dtype, INPUT)
            .run(t -> pad.backward(t[0], t[1])));
    add(
        call(pad + " in one line", "Pad2d.forward/1", "Pad2d.backward/1")
            .in("input", dtype, INPUT)
            .in("gradOutput", dtype, padded)
            .make(t -> made(pad.forward(arena, t[0]), pad.backward(arena, t[1], INPUT))));
  }

  private void separable(SeparableFilter2d filter) {
    add(
        call("SeparableFilter2d forward", "SeparableFilter2d.forward/2")
            .in("input", dtype, INPUT)
            .out("output", dtype, INPUT)
            .run(t -> filter.forward(t[0], t[1])));
    add(
        call("SeparableFilter2d forwardRows", "SeparableFilter2d.forwardRows/2")
            .in("input", dtype, INPUT)
            .out("output", dtype, INPUT)
            .run(t -> filter.forwardRows(t[0], t[1], 0, INPUT[2])));
    add(
        call("SeparableFilter2d in one line", "SeparableFilter2d.forward/1")
            .in("input", dtype, INPUT)
            .make(t -> made(filter.forward(arena, t[0]))));
  }

  private void lowering(Im2col.Layout layout, Im2col im2col) {
    long[] columns = im2col.columnsShape(INPUT);
    add(
        call("im2col " + layout, "Im2col.im2col/2")
            .in("image", dtype, INPUT)
            .out("columns", dtype, columns)
            .run(t -> im2col.im2col(t[0], t[1])));
    add(
        call("col2im " + layout, "Im2col.col2im/2")
            .in("columns", dtype, columns)
            .out("image", dtype, INPUT)
            .run(t -> im2col.col2im(t[0], t[1])));
    add(
        call("im2col in one line " + layout, "Im2col.im2col/1", "Im2col.col2im/1")
            .in("image", dtype, INPUT)
            .in("columns", dtype, columns)
            .make(t -> made(im2col.im2col(arena, t[0]), im2col.col2im(arena, t[1], INPUT))));
  }

  private void signal(Signal2d.Options options) {
    long[] image = {9, 10};
    long[] kernel = {3, 4};
    long[] output = Signal2d.outputShape(image, kernel, options.mode());
    Signal2d.Mode mode = options.mode();
    add(
        call("convolve2d " + mode, "Signal2d.convolve2d/3")
            .in("image", dtype, image)
            .in("kernel", dtype, kernel)
            .out("output", dtype, output)
            .run(t -> Signal2d.convolve2d(t[0], t[1], t[2], options)));
    add(
        call("correlate2d " + mode, "Signal2d.correlate2d/3")
            .in("image", dtype, image)
            .in("kernel", dtype, kernel)
            .out("output", dtype, output)
            .run(t -> Signal2d.correlate2d(t[0], t[1], t[2], options)));
    add(
        call("Signal2d in one line " + mode, "Signal2d.convolve2d/2", "Signal2d.correlate2d/2")
            .in("image", dtype, image)
            .in("kernel", dtype, kernel)
            .make(
                t ->
                    made(
                        Signal2d.convolve2d(arena, t[0], t[1], options),
                        Signal2d.correlate2d(arena, t[0], t[1], options),
                        Signal2d.convolve2d(arena, t[0], t[1], mode, Signal2d.Boundary.SYMM))));
  }

  private void relu(Relu relu) {
    add(
        call("Relu forward", "Relu.forward/2")
            .in("input", dtype, INPUT)
            .out("output", dtype, INPUT)
            .run(t -> relu.forward(t[0], t[1])));
    add(
        call("Relu backward", "Relu.backward/3")
            .in("output", dtype, INPUT)
            .in("gradOutput", dtype, INPUT)
            .out("gradInput", dtype, INPUT)
            .run(t -> relu.backward(t[0], t[1], t[2])));
    add(
        call("Relu in one line", "Relu.forward/1", "Relu.backward/2")
            .in("input", dtype, INPUT)
            .in("gradOutput", dtype, INPUT)
            .make(t -> made(relu.forward(arena, t[0]), relu.backward(arena, t[0], t[1]))));
  }

  private void elementwise(Elementwise elementwise) {
    add(
        call("combine", "Elementwise.combine/3")
            .in("x", dtype, INPUT)
            .in("y", dtype, INPUT)
            .out("out", dtype, INPUT)
            .run(t -> elementwise.combine(1.5, t[0], -0.5, t[1], t[2])));
    add(
        call("addScaled", "Elementwise.addScaled/2")
            .in("x", dtype, INPUT)
            .out("y", dtype, INPUT)
            .run(
                t -> {
                  // Outputs are NaN at first; what is added to must have numbers.
                  elementwise.addScaled(1.5, t[0], t[1]);
                  t[1].fill(0.25);
                  elementwise.addScaled(1.5, t[0], t[1]);
                }));
    add(
        call("sum", "Elementwise.sum/1")
            .in("x", dtype, INPUT)
            .make(t -> made(number(elementwise.sum(t[0])))));
  }

  private Tensor number(double value) {
    return Tensor.allocate(arena, DType.F64).fill(value);
  }

  private void crossEntropy(SoftmaxCrossEntropy loss) {
    add(
        call(
                "SoftmaxCrossEntropy",
                "SoftmaxCrossEntropy.forward/2",
                "SoftmaxCrossEntropy.correct/2")
            .in("logits", dtype, 7, 5)
            .indices("labels", 5, 7)
            .make(
                t ->
                    made(
                        number(loss.forward(t[0], t[1])),
                        number((double) loss.correct(t[0], t[1])))));
    add(
        call("SoftmaxCrossEntropy backward", "SoftmaxCrossEntropy.backward/3")
            .in("logits", dtype, 7, 5)
            .indices("labels", 5, 7)
            .out("gradLogits", dtype, 7, 5)
            .make(t -> made(number(loss.backward(t[0], t[1], t[2])))));
  }

  private void linear(Linear linear) {
    add(
        call("Linear forward", "Linear.forward/4")
            .in("input", dtype, INPUT)
            .in("weight", dtype, 5, 360)
            .in("bias", dtype, 5)
            .out("output", dtype, 2, 5)
            .run(t -> linear.forward(t[0], t[1], t[2], t[3])));
    add(
        call("Linear backwardInput", "Linear.backwardInput/3")
            .in("gradOutput", dtype, 2, 5)
            .in("weight", dtype, 5, 360)
            .out("gradInput", dtype, INPUT)
            .run(t -> linear.backwardInput(t[0], t[1], t[2])));
    add(
        call("Linear backwardWeights", "Linear.backwardWeights/3")
            .in("input", dtype, INPUT)
            .in("gradOutput", dtype, 2, 5)
            .out("gradWeights", dtype, 5, 360)
            .run(t -> linear.backwardWeights(t[0], t[1], t[2])));
    add(
        call("Linear backwardBias", "Linear.backwardBias/2")
            .in("gradOutput", dtype, 2, 5)
            .out("gradBias", dtype, 5)
            .run(t -> linear.backwardBias(t[0], t[1])));
    add(
        call("Linear in one line", "Linear.forward/3")
            .in("input", dtype, INPUT)
            .in("weight", dtype, 5, 360)
            .in("bias", dtype, 5)
            .make(t -> made(linear.forward(arena, t[0], t[1], t[2]))));
  }

  private void randomFill() {
    add(
        call("uniform", "RandomFill.uniform/1")
            .out("tensor", dtype, INPUT)
            .run(t -> RandomFill.seeded(1).uniform(t[0], -1, 1)));
    add(
        call("normal", "RandomFill.normal/1")
            .out("tensor", dtype, INPUT)
            .run(t -> RandomFill.seeded(1).normal(t[0], 0, 1)));
    add(
        call("heNormal", "RandomFill.heNormal/1")
            .out("weight", dtype, WEIGHT)
            .run(t -> RandomFill.seeded(1).heNormal(t[0])));
    add(
        call("heUniform", "RandomFill.heUniform/1")
            .out("weight", dtype, WEIGHT)
            .run(t -> RandomFill.seeded(1).heUniform(t[0])));
    add(
        call("glorotNormal", "RandomFill.glorotNormal/1")
            .out("weight", dtype, WEIGHT)
            .run(t -> RandomFill.seeded(1).glorotNormal(t[0])));
    add(
        call("glorotUniform", "RandomFill.glorotUniform/1")
            .out("weight", dtype, WEIGHT)
            .run(t -> RandomFill.seeded(1).glorotUniform(t[0])));
  }

  /** Returns the calls that write an operand. */
  static Stream<OperatorCall> writing(Arena arena, DType dtype) {
    return all(arena, dtype).stream()
        .filter(call -> call.operands().stream().anyMatch(OperatorCall.Operand::written));
  }
}
