package io.github.colonnade;

import io.github.colonnade.internal.conv.AlgorithmChoice;
import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import java.util.ArrayList;
import java.util.List;

/**
 * What a measured choice is good for: a pass, and all that its time or its candidates depend on.
 *
 * @param pass which result
 * @param geometry sizes; of a transposed convolution, those of the one whose adjoint it is
 * @param type element type
 * @param cap scratch memory at most
 * @param exact whether the algorithm must be exact
 * @param threads threads of a call at most
 */
record TunedProblem(
    ConvPass pass,
    ConvGeometry geometry,
    ElementType type,
    WorkspaceCap cap,
    boolean exact,
    int threads) {

  static TunedProblem of(ConvProblem problem, PlanOptions options) {
    return new TunedProblem(
        problem.pass(),
        problem.geometry(),
        problem.type(),
        problem.cap(),
        options.exact(),
        options.threads());
  }

  /** Returns the problem that the algorithms know: whatever comes after the sums. */
  ConvProblem problem() {
    return new ConvProblem(pass, geometry, type, cap, Epilogue.NONE);
  }

  /** Returns one line, fields in the order in which {@link #parse} reads them. */
  String line(ConvAlgorithm algorithm) {
    List<String> fields = new ArrayList<>();
    fields.add("pass=" + pass);
    fields.add("type=" + type);
    fields.add("batch=" + geometry.batch());
    fields.add("inChannels=" + geometry.inChannels());
    fields.add("outChannels=" + geometry.outChannels());
    fields.add("groups=" + geometry.groups());
    addAxis(fields, "H", "padTop", "padBottom", geometry.vertical());
    addAxis(fields, "W", "padLeft", "padRight", geometry.horizontal());
    fields.add("threadBytes=" + cap.threadBytes());
    fields.add("sharedBytes=" + cap.sharedBytes());
    fields.add("exact=" + exact);
    fields.add("threads=" + threads);
    fields.add("algorithm=" + algorithm.name());
    return String.join(" ", fields);
  }

  private static void addAxis(
      List<String> fields, String name, String before, String after, Axis axis) {
    fields.add("in" + name + "=" + axis.size());
    fields.add("kernel" + name + "=" + axis.kernel());
    fields.add("stride" + name + "=" + axis.stride());
    fields.add("dilation" + name + "=" + axis.dilation());
    fields.add(before + "=" + axis.padBefore());
    fields.add(after + "=" + axis.padAfter());
    fields.add("out" + name + "=" + axis.outputs());
  }

  /** A problem and the algorithm that was the fastest. */
  record Choice(TunedProblem problem, ConvAlgorithm algorithm) {}

  /**
   * Reads what {@link #line} wrote.
   *
   * @throws IllegalArgumentException saying what is wrong, without a place
   */
  static Choice parse(String line) {
    Fields fields = new Fields(line);
    ConvPass pass = fields.constant("pass", ConvPass.values());
    ElementType type = fields.constant("type", ElementType.values());
    long batch = fields.positive("batch");
    long inChannels = fields.positive("inChannels");
    long outChannels = fields.positive("outChannels");
    long groups = fields.positive("groups");
    Operands.requireDivisible("inChannels", inChannels, groups);
    Operands.requireDivisible("outChannels", outChannels, groups);
    Axis vertical = axis(fields, "H", "padTop", "padBottom");
    Axis horizontal = axis(fields, "W", "padLeft", "padRight");
    DType dtype = DType.valueOf(type.name());
    Shapes.byteSize("input", dtype, batch, inChannels, vertical.size(), horizontal.size());
    Shapes.byteSize("output", dtype, batch, outChannels, vertical.outputs(), horizontal.outputs());
    Shapes.byteSize(
        "weight", dtype, outChannels, inChannels / groups, vertical.kernel(), horizontal.kernel());
    long threadBytes = Operands.requireNotNegative("threadBytes", fields.number("threadBytes"));
    WorkspaceCap cap = new WorkspaceCap(threadBytes, fields.number("sharedBytes"));
    if (cap.sharedBytes() < threadBytes) {
      throw new IllegalArgumentException(
          "sharedBytes: is " + cap.sharedBytes() + ", must be at least " + threadBytes);
    }
    boolean exact = fields.constant("exact", new Boolean[] {false, true});
    long threads = fields.positive("threads");
    if (threads > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("threads: is " + threads + ", must fit an int");
    }
    TunedProblem problem =
        new TunedProblem(
            pass,
            new ConvGeometry(batch, inChannels, outChannels, groups, vertical, horizontal),
            type,
            cap,
            exact,
            (int) threads);
    ConvAlgorithm algorithm =
        fields.constant(
            "algorithm",
            AlgorithmChoice.candidates(problem.problem(), exact).toArray(ConvAlgorithm[]::new));
    fields.end();
    return new Choice(problem, algorithm);
  }

  private static Axis axis(Fields fields, String name, String before, String after) {
    Axis axis =
        new Axis(
            fields.positive("in" + name),
            fields.positive("kernel" + name),
            fields.positive("stride" + name),
            fields.positive("dilation" + name),
            fields.number(before),
            fields.number(after),
            fields.positive("out" + name));
    long outputs;
    try {
      long extent = Math.addExact(Math.multiplyExact(axis.kernel() - 1, axis.dilation()), 1);
      long padding = Math.addExact(axis.padBefore(), axis.padAfter());
      long room = Math.subtractExact(Math.addExact(axis.size(), padding), extent);
      outputs = Math.floorDiv(room, axis.stride()) + 1;
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "in" + name + ": with padding and kernel does not fit a long", overflow);
    }
    if (axis.outputs() != outputs) {
      throw new IllegalArgumentException(
          "out" + name + ": is " + axis.outputs() + ", the other sizes make it " + outputs);
    }
    return axis;
  }

  /** The fields of a line, each {@code name=value}, one space between them. */
  private static final class Fields {
    private final String[] fields;
    private int next;

    Fields(String line) {
      fields = line.split(" ", -1);
    }

    private String value(String name) {
      String field = next < fields.length ? fields[next++] : "";
      if (!field.startsWith(name + "=")) {
        throw new IllegalArgumentException(
            "has " + quoted(field) + " as field " + next + ", must be " + name + "=…");
      }
      return field.substring(name.length() + 1);
    }

    /** Returns a value of which {@link Object#toString} is the text, in lower case for none. */
    <T> T constant(String name, T[] constants) {
      String value = value(name);
      List<String> names = new ArrayList<>();
      for (T constant : constants) {
        String known =
            constant instanceof ConvAlgorithm algorithm ? algorithm.name() : constant.toString();
        if (known.equals(value)) {
          return constant;
        }
        names.add(known);
      }
      throw new IllegalArgumentException(
          name + ": is " + quoted(value) + ", must be one of " + String.join(", ", names));
    }

    long number(String name) {
      String value = value(name);
      if (value.matches("-?[0-9]{1,19}")) {
        try {
          return Long.parseLong(value);
        } catch (NumberFormatException tooLarge) {
          // Told below.
        }
      }
      throw new IllegalArgumentException(
          name + ": is " + quoted(value) + ", must be a whole number that fits a long");
    }

    long positive(String name) {
      return Operands.requirePositive(name, number(name));
    }

    void end() {
      if (next < fields.length) {
        throw new IllegalArgumentException(
            "has " + quoted(fields[next]) + " behind its last field");
      }
    }

    private static String quoted(String text) {
      return TuningFile.quoted(text);
    }
  }
}
