package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The arrays that one operator reads, and the memory of what it computes. Where the library names
 * an operand, messages name the option and the file that it came from.
 */
final class OperandFiles implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final DType dtype;
  private final Map<String, String> options = new LinkedHashMap<>();
  private final StringBuilder descriptions = new StringBuilder();

  /** Starts with no operand; {@code dtype} is the type to convert each to, or null for its own. */
  OperandFiles(DType dtype) {
    this.dtype = dtype;
  }

  /**
   * Reads an operand.
   *
   * @param option the option that named the file
   * @param operand what the library calls it
   * @param file the file
   * @param form what its shape must look like, such as {@code [N, C, H, W]}
   * @throws IllegalArgumentException if the array is of integers or of another rank
   */
  Tensor read(String option, String operand, Path file, String... form) throws IOException {
    Tensor tensor = TensorFiles.read(arena, option, file, form);
    options.put(operand, option);
    descriptions.append(descriptions.isEmpty() ? "" : ", ").append(option).append(' ');
    descriptions.append(file).append(" is ").append(tensor);
    return dtype == null ? tensor : TensorFiles.convert(arena, tensor, dtype);
  }

  /** Computes something in this memory; a failure names all operands. */
  <T> T compute(Function<Arena, T> operator) {
    try {
      return operator.apply(arena);
    } catch (IllegalArgumentException mistake) {
      throw new IllegalArgumentException(explain(mistake.getMessage()), mistake);
    } catch (OutOfMemoryError tooLarge) {
      throw new OutOfMemoryError(explain(tooLarge.getMessage()));
    }
  }

  private String explain(String message) {
    int end = message.indexOf(": ");
    String option = end < 0 ? null : options.get(message.substring(0, end));
    String named = option == null ? message : option + message.substring(end);
    return named + " (" + descriptions + ")";
  }

  @Override
  public void close() {
    arena.close();
  }
}
