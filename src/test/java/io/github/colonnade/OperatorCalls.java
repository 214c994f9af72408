package io.github.colonnade;

import static io.github.colonnade.OperatorCall.call;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A call of every operator that there is, small, and of every algorithm. */
final class OperatorCalls {
  private final Arena arena;
  private final DType dtype;
  private final int threads;
  private final CallShapes shapes;
  private final long[] images;
  private final List<OperatorCall> calls = new ArrayList<>();

  private OperatorCalls(Arena arena, DType dtype, int threads, CallShapes shapes) {
    this.arena = arena;
    this.dtype = dtype;
    this.threads = threads;
    this.shapes = shapes;
    images = shapes.images().inputShape();
  }

  /** Returns all calls, small ones by two threads. */
  static List<OperatorCall> all(Arena arena, DType dtype) {
    return all(arena, dtype, 2, CallShapes.fixed());
  }

  /**
   * Returns all calls, in the same order for the same shapes.
   *
   * @param arena owner of what they make, and of workspaces
   * @param dtype the type of all operands but indices
   */
  static List<OperatorCall> all(Arena arena, DType dtype, int threads, CallShapes shapes) {
    OperatorCalls all = new OperatorCalls(arena, dtype, threads, shapes);
    all.convolution(shapes.conv());
    all.transposed(shapes.transposed());
    all.pools();
    all.planes();
    all.small();
    return all.calls;
  }

  /** Returns all calls of a convolution, by every algorithm that suits it. */
  static List<OperatorCall> convolution(Arena arena, DType dtype, int threads, ConvCase conv) {
    OperatorCalls all = new OperatorCalls(arena, dtype, threads, CallShapes.fixed());
    all.convolution(conv);
    return all.calls;
  }

  private void convolution(ConvCase conv) {
    for (Algorithm algorithm : Algorithms.suiting(conv)) {
      if (algorithm != Algorithm.AUTO) { // which is one of the others
        convolution("Conv2d " + algorithm, conv.conv(options(algorithm)), conv.inputShape());
      }
    }
  }

  private void transposed(ConvTransposeCase conv) {
    for (Algorithm algorithm : Algorithms.suiting(conv)) {
      if (algorithm != Algorithm.AUTO) {
        convolution(
            "ConvTranspose2d " + algorithm, conv.conv(options(algorithm)), conv.inputShape());
      }
    }
  }

  private PlanOptions options(Algorithm algorithm) {
    return PlanOptions.defaults()
        .withThreads(threads)
        .withAlgorithm(algorithm)
        .withActivation(Activation.RELU);
  }

  private void convolution(String name, Convolution<?> convolution, long... inputShape) {
    ConvPlan plan = convolution.plan(dtype, inputShape);
    plan(name, plan);
    prepared(name, plan);
    add(
        call(name + " in one line", "Convolution.forward/3")
            .in("input", dtype, plan.inputShape())
            .in("weight", dtype, plan.weightShape())
            .in("bias", dtype, plan.outputShape()[1])
            .make(t -> made(convolution.forward(arena, t[0], t[1], t[2]))));
  }

  private void pools() {
    PoolCase window = shapes.images();
    maxPool("MaxPool2d", window.maxPool(threads));
    maxPool(
        "AdaptiveMaxPool2d",
        AdaptiveMaxPool2d.of(shapes.adaptiveH(), shapes.adaptiveW()).withThreads(threads));
    averagePool("AvgPool2d", window.avgPool().threads(threads).build());
    averagePool(
        "AdaptiveAvgPool2d",
        AdaptiveAvgPool2d.of(shapes.adaptiveH(), shapes.adaptiveW()).withThreads(threads));
    unpool(MaxUnpool2d.of(window.h(), window.w()).withThreads(threads));
  }

  private void planes() {
    Padding.Explicit sides = shapes.sides();
    for (Pad2d.Mode mode : Pad2d.Mode.values()) {
      pad(
          mode,
          Pad2d.builder(mode)
              .padding(sides.top(), sides.left(), sides.bottom(), sides.right())
              .threads(threads)
              .build());
    }
    separable(
        SeparableFilter2d.builder(SeparableKernel.gaussian(0.7))
            .border(Pad2d.Mode.REPLICATE)
            .threads(threads)
            .build());
    ConvCase columns = shapes.columns();
    for (Im2col.Layout layout : Im2col.Layout.values()) {
      lowering(
          layout,
          Im2col.builder(columns.kh(), columns.kw())
              .stride(columns.sh(), columns.sw())
              .padding(columns.padding())
              .dilation(columns.dh(), columns.dw())
              .layout(layout)
              .threads(threads)
              .build());
    }
    for (Signal2d.Mode mode : Signal2d.Mode.values()) {
      signal(Signal2d.Options.defaults().withMode(mode).withThreads(threads));
    }
  }

  private void small() {
    ConvCase matrix = shapes.matrix();
    add(
        call("MatrixMultiply", "MatrixMultiply.multiply/3")
            .in("a", dtype, matrix.n(), matrix.c())
            .in("b", dtype, matrix.c(), matrix.o())
            .out("c", dtype, matrix.n(), matrix.o())
            .run(t -> MatrixMultiply.multiply(t[0], t[1], t[2], threads)));
    relu(Relu.create().withThreads(threads));
    elementwise(Elementwise.create().withThreads(threads));
    crossEntropy(SoftmaxCrossEntropy.create().withThreads(threads));
    linear(Linear.of(images[1] * images[2] * images[3], shapes.classes()).withThreads(threads));
    randomFill();
    tiles();
  }

  private void tiles() {
    MaxPool2d pool =
        MaxPool2d.builder(Math.min(2, images[2]), Math.min(2, images[3])).threads(threads).build();
    Tiles tiles = Tiles.split(images[2], images[3], 2, pool.halo());
    add(
        call("TileRunner", "TileRunner.run/2")
            .in("input", dtype, images)
            .out("output", dtype, pool.outputShape(images))
            .run(
                t ->
                    TileRunner.of(tiles)
                        .withThreads(threads)
                        .run(t[0], t[1], (tile, from, to) -> pool.forward(from, to))));
  }

  private void add(OperatorCall call) {
    calls.add(call);
  }

  private void plan(String name, ConvPlan plan) {
    long[] input = plan.inputShape();
    long[] weight = plan.weightShape();
    long[] output = plan.outputShape();
    for (boolean own : new boolean[] {false, true}) {
      String with = name + (own ? " workspace" : "");
      add(
          call(with + " forward", "ConvPlan.forward/4")
              .in("input", dtype, input)
              .in("weight", dtype, weight)
              .in("bias", dtype, output[1])
              .out("output", dtype, output)
              .run(
                  t ->
                      plan.forward(
                          t[0], t[1], t[2], t[3], own ? workspace(plan, Pass.FORWARD) : null)));
      add(
          call(with + " backwardInput", "ConvPlan.backwardInput/3")
              .in("gradOutput", dtype, output)
              .in("weight", dtype, weight)
              .out("gradInput", dtype, input)
              .run(
                  t ->
                      plan.backwardInput(
                          t[0], t[1], t[2], own ? workspace(plan, Pass.BACKWARD_INPUT) : null)));
      add(
          call(with + " backwardWeights", "ConvPlan.backwardWeights/3")
              .in("input", dtype, input)
              .in("gradOutput", dtype, output)
              .out("gradWeights", dtype, weight)
              .run(
                  t ->
                      plan.backwardWeights(
                          t[0], t[1], t[2], own ? workspace(plan, Pass.BACKWARD_WEIGHTS) : null)));
      add(
          call(with + " backwardBias", "ConvPlan.backwardBias/2")
              .in("gradOutput", dtype, output)
              .out("gradBias", dtype, output[1])
              .run(
                  t ->
                      plan.backwardBias(
                          t[0], t[1], own ? workspace(plan, Pass.BACKWARD_BIAS) : null)));
    }
    add(
        call(name + " forward without bias", "ConvPlan.forward/4")
            .in("input", dtype, input)
            .in("weight", dtype, weight)
            .out("output", dtype, output)
            .run(t -> plan.forward(t[0], t[1], null, t[2])));
    add(
        call(name + " backwardActivation", "ConvPlan.backwardActivation/3")
            .in("output", dtype, output)
            .in("gradOutput", dtype, output)
            .out("gradPreActivation", dtype, output)
            .run(t -> plan.backwardActivation(t[0], t[1], t[2])));
  }

  private Workspace workspace(ConvPlan plan, Pass pass) {
    return workspace(arena, plan, pass);
  }

  /** Returns what a pass needs of native memory and not a byte more. */
  static Workspace workspace(Arena arena, ConvPlan plan, Pass pass) {
    PassChoice choice = plan.choice(pass);
    return Workspace.allocate(arena, choice == null ? 0 : choice.layout().bytes());
  }

  private void prepared(String name, ConvPlan plan) {
    long[] input = plan.inputShape();
    long[] weight = plan.weightShape();
    long[] output = plan.outputShape();
    add(
        call(name + " prepared forward", "ConvPlan.prepare/1", "ConvPlan.forward/3")
            .in("weight", dtype, weight)
            .in("input", dtype, input)
            .in("bias", dtype, output[1])
            .out("output", dtype, output)
            .run(t -> plan.forward(t[1], plan.prepare(arena, t[0]), t[2], t[3])));
    add(
        call(name + " prepared backwardInput", "ConvPlan.prepare/1", "ConvPlan.backwardInput/2")
            .in("weight", dtype, weight)
            .in("gradOutput", dtype, output)
            .out("gradInput", dtype, input)
            .run(t -> plan.backwardInput(t[1], plan.prepare(arena, t[0]), t[2])));
  }

  private static Tensor[] made(Tensor... results) {
    return results;
  }

  private void maxPool(String name, MaxPooling2d pool) {
    long[] pooled = pool.outputShape(images);
    long plane = images[2] * images[3];
    add(
        call(name + " forward", "MaxPooling2d.forward/2")
            .in("input", dtype, images)
            .out("output", dtype, pooled)
            .run(t -> pool.forward(t[0], t[1])));
    add(
        call(name + " forward with indices", "MaxPooling2d.forward/3")
            .in("input", dtype, images)
            .out("output", dtype, pooled)
            .out("indices", DType.I64, pooled)
            .run(t -> pool.forward(t[0], t[1], t[2])));
    add(
        call(name + " backward", "MaxPooling2d.backward/3")
            .in("input", dtype, images)
            .in("gradOutput", dtype, pooled)
            .out("gradInput", dtype, images)
            .run(t -> pool.backward(t[0], t[1], t[2])));
    add(
        call(name + " backwardFromIndices", "MaxPooling2d.backwardFromIndices/3")
            .indices("indices", plane, pooled)
            .in("gradOutput", dtype, pooled)
            .out("gradInput", dtype, images)
            .run(t -> pool.backwardFromIndices(t[0], t[1], t[2])));
    add(
        call(
                name + " in one line",
                "MaxPooling2d.forward/1",
                "MaxPooling2d.forwardWithIndices/1",
                "MaxPooling2d.backward/2")
            .in("input", dtype, images)
            .in("gradOutput", dtype, pooled)
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
    long[] pooled = pool.outputShape(images);
    add(
        call(name + " forward", "AvgPooling2d.forward/2")
            .in("input", dtype, images)
            .out("output", dtype, pooled)
            .run(t -> pool.forward(t[0], t[1])));
    add(
        call(name + " backward", "AvgPooling2d.backward/2")
            .in("gradOutput", dtype, pooled)
            .out("gradInput", dtype, images)
            .run(t -> pool.backward(t[0], t[1])));
    add(
        call(name + " in one line", "AvgPooling2d.forward/1", "AvgPooling2d.backward/1")
            .in("input", dtype, images)
            .in("gradOutput", dtype, pooled)
            .make(t -> made(pool.forward(arena, t[0]), pool.backward(arena, t[1], images))));
  }

  private void unpool(MaxUnpool2d unpool) {
    long[] pooled = {images[0], images[1], shapes.adaptiveH(), shapes.adaptiveW()};
    long plane = images[2] * images[3];
    add(
        call("MaxUnpool2d forward", "MaxUnpool2d.forward/3")
            .in("input", dtype, pooled)
            .indices("indices", plane, pooled)
            .out("output", dtype, images)
            .run(t -> unpool.forward(t[0], t[1], t[2])));
    add(
        call("MaxUnpool2d backward", "MaxUnpool2d.backward/3")
            .indices("indices", plane, pooled)
            .in("gradOutput", dtype, images)
            .out("gradInput", dtype, pooled)
            .run(t -> unpool.backward(t[0], t[1], t[2])));
    add(
        call("MaxUnpool2d in one line", "MaxUnpool2d.forward/2", "MaxUnpool2d.backward/2")
            .in("input", dtype, pooled)
            .indices("indices", plane, pooled)
            .in("gradOutput", dtype, images)
            .make(
                t -> made(unpool.forward(arena, t[0], t[1]), unpool.backward(arena, t[1], t[2]))));
  }

  private void pad(Pad2d.Mode mode, Pad2d pad) {
    String name = "Pad2d " + mode;
    long[] padded = pad.outputShape(images);
    add(
        call(name + " forward", "Pad2d.forward/2")
            .in("input", dtype, images)
            .out("output", dtype, padded)
            .run(t -> pad.forward(t[0], t[1])));
    add(
        call(name + " backward", "Pad2d.backward/2")
            .in("gradOutput", dtype, padded)
            .out("gradInput", dtype, images)
            .run(t -> pad.backward(t[0], t[1])));
    add(
        call(name + " in one line", "Pad2d.forward/1", "Pad2d.backward/1")
            .in("input", dtype, images)
            .in("gradOutput", dtype, padded)
            .make(t -> made(pad.forward(arena, t[0]), pad.backward(arena, t[1], images))));
  }

  private void separable(SeparableFilter2d filter) {
    add(
        call("SeparableFilter2d forward", "SeparableFilter2d.forward/2")
            .in("input", dtype, images)
            .out("output", dtype, images)
            .run(t -> filter.forward(t[0], t[1])));
    add(
        call("SeparableFilter2d forwardRows", "SeparableFilter2d.forwardRows/2")
            .in("input", dtype, images)
            .out("output", dtype, images)
            .run(t -> filter.forwardRows(t[0], t[1], 0, images[2])));
    add(
        call("SeparableFilter2d in one line", "SeparableFilter2d.forward/1")
            .in("input", dtype, images)
            .make(t -> made(filter.forward(arena, t[0]))));
  }

  private void lowering(Im2col.Layout layout, Im2col im2col) {
    long[] image = shapes.columns().inputShape();
    long[] columns = im2col.columnsShape(image);
    add(
        call("im2col " + layout, "Im2col.im2col/2")
            .in("image", dtype, image)
            .out("columns", dtype, columns)
            .run(t -> im2col.im2col(t[0], t[1])));
    add(
        call("col2im " + layout, "Im2col.col2im/2")
            .in("columns", dtype, columns)
            .out("image", dtype, image)
            .run(t -> im2col.col2im(t[0], t[1])));
    add(
        call("im2col in one line " + layout, "Im2col.im2col/1", "Im2col.col2im/1")
            .in("image", dtype, image)
            .in("columns", dtype, columns)
            .make(t -> made(im2col.im2col(arena, t[0]), im2col.col2im(arena, t[1], image))));
  }

  private void signal(Signal2d.Options options) {
    ConvCase plane = shapes.plane();
    long[] image = {plane.h(), plane.w()};
    long[] kernel = {plane.kh(), plane.kw()};
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
            .in("input", dtype, images)
            .out("output", dtype, images)
            .run(t -> relu.forward(t[0], t[1])));
    add(
        call("Relu backward", "Relu.backward/3")
            .in("output", dtype, images)
            .in("gradOutput", dtype, images)
            .out("gradInput", dtype, images)
            .run(t -> relu.backward(t[0], t[1], t[2])));
    add(
        call("Relu in one line", "Relu.forward/1", "Relu.backward/2")
            .in("input", dtype, images)
            .in("gradOutput", dtype, images)
            .make(t -> made(relu.forward(arena, t[0]), relu.backward(arena, t[0], t[1]))));
  }

  private void elementwise(Elementwise elementwise) {
    add(
        call("combine", "Elementwise.combine/3")
            .in("x", dtype, images)
            .in("y", dtype, images)
            .out("out", dtype, images)
            .run(t -> elementwise.combine(1.5, t[0], -0.5, t[1], t[2])));
    add(
        call("addScaled", "Elementwise.addScaled/2")
            .in("x", dtype, images)
            .out("y", dtype, images)
            .run(
                t -> {
                  // Outputs are NaN at first; what is added to must have numbers.
                  elementwise.addScaled(1.5, t[0], t[1]);
                  t[1].fill(0.25);
                  elementwise.addScaled(1.5, t[0], t[1]);
                }));
    add(
        call("sum", "Elementwise.sum/1")
            .in("x", dtype, images)
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
            .in("logits", dtype, shapes.rows(), shapes.classes())
            .indices("labels", shapes.classes(), shapes.rows())
            .make(
                t ->
                    made(
                        number(loss.forward(t[0], t[1])),
                        number((double) loss.correct(t[0], t[1])))));
    add(
        call("SoftmaxCrossEntropy backward", "SoftmaxCrossEntropy.backward/3")
            .in("logits", dtype, shapes.rows(), shapes.classes())
            .indices("labels", shapes.classes(), shapes.rows())
            .out("gradLogits", dtype, shapes.rows(), shapes.classes())
            .make(t -> made(number(loss.backward(t[0], t[1], t[2])))));
  }

  private void linear(Linear linear) {
    long[] weight = {shapes.classes(), images[1] * images[2] * images[3]};
    long[] output = {images[0], shapes.classes()};
    add(
        call("Linear forward", "Linear.forward/4")
            .in("input", dtype, images)
            .in("weight", dtype, weight)
            .in("bias", dtype, shapes.classes())
            .out("output", dtype, output)
            .run(t -> linear.forward(t[0], t[1], t[2], t[3])));
    add(
        call("Linear backwardInput", "Linear.backwardInput/3")
            .in("gradOutput", dtype, output)
            .in("weight", dtype, weight)
            .out("gradInput", dtype, images)
            .run(t -> linear.backwardInput(t[0], t[1], t[2])));
    add(
        call("Linear backwardWeights", "Linear.backwardWeights/3")
            .in("input", dtype, images)
            .in("gradOutput", dtype, output)
            .out("gradWeights", dtype, weight)
            .run(t -> linear.backwardWeights(t[0], t[1], t[2])));
    add(
        call("Linear backwardBias", "Linear.backwardBias/2")
            .in("gradOutput", dtype, output)
            .out("gradBias", dtype, shapes.classes())
            .run(t -> linear.backwardBias(t[0], t[1])));
    add(
        call("Linear in one line", "Linear.forward/3")
            .in("input", dtype, images)
            .in("weight", dtype, weight)
            .in("bias", dtype, shapes.classes())
            .make(t -> made(linear.forward(arena, t[0], t[1], t[2]))));
  }

  private void randomFill() {
    add(
        call("uniform", "RandomFill.uniform/1")
            .out("tensor", dtype, images)
            .run(t -> RandomFill.seeded(1).uniform(t[0], -1, 1)));
    add(
        call("normal", "RandomFill.normal/1")
            .out("tensor", dtype, images)
            .run(t -> RandomFill.seeded(1).normal(t[0], 0, 1)));
    add(
        call("heNormal", "RandomFill.heNormal/1")
            .out("weight", dtype, shapes.conv().weightShape())
            .run(t -> RandomFill.seeded(1).heNormal(t[0])));
    add(
        call("heUniform", "RandomFill.heUniform/1")
            .out("weight", dtype, shapes.conv().weightShape())
            .run(t -> RandomFill.seeded(1).heUniform(t[0])));
    add(
        call("glorotNormal", "RandomFill.glorotNormal/1")
            .out("weight", dtype, shapes.conv().weightShape())
            .run(t -> RandomFill.seeded(1).glorotNormal(t[0])));
    add(
        call("glorotUniform", "RandomFill.glorotUniform/1")
            .out("weight", dtype, shapes.conv().weightShape())
            .run(t -> RandomFill.seeded(1).glorotUniform(t[0])));
  }

  /** Returns the calls that write an operand. */
  static Stream<OperatorCall> writing(Arena arena, DType dtype) {
    return all(arena, dtype).stream()
        .filter(call -> call.operands().stream().anyMatch(OperatorCall.Operand::written));
  }
}
