package io.github.colonnade.cli;

import io.github.colonnade.Algorithm;
import io.github.colonnade.DType;
import io.github.colonnade.Im2col;
import io.github.colonnade.Signal2d;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.LayerTable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Options that take one of a few names; case does not matter. */
final class Choices {
  private Choices() {}

  /** Returns an enum constant's name as the command line spells it. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Finds the constant called {@code text}, or throws, naming the valid ones. */
  static <E extends Enum<E>> E find(String text, List<E> choices) {
    String wanted = text.toLowerCase(Locale.ROOT);
    for (E choice : choices) {
      if (name(choice).equals(wanted)) {
        return choice;
      }
    }
    String known = choices.stream().map(Choices::name).collect(Collectors.joining(", "));
    throw new TypeConversionException("is '" + text + "', must be one of " + known);
  }

  /** Reads {@code --algorithm}. */
  static final class AlgorithmConverter implements ITypeConverter<Algorithm> {
    @Override
    public Algorithm convert(String text) {
      return find(text, Arrays.asList(Algorithm.values()));
    }
  }

  /** Reads {@code --dtype}: a type that operators compute in. */
  static final class DTypeConverter implements ITypeConverter<DType> {
    @Override
    public DType convert(String text) {
      return find(text, Arrays.stream(DType.values()).filter(DType::isFloatingPoint).toList());
    }
  }

  /** Reads {@code --layout}. */
  static final class LayoutConverter implements ITypeConverter<Im2col.Layout> {
    @Override
    public Im2col.Layout convert(String text) {
      return find(text, Arrays.asList(Im2col.Layout.values()));
    }
  }

  /** Reads {@code --mode} of signal processing's operators. */
  static final class ModeConverter implements ITypeConverter<Signal2d.Mode> {
    @Override
    public Signal2d.Mode convert(String text) {
      return find(text, Arrays.asList(Signal2d.Mode.values()));
    }
  }

  /** Reads {@code --boundary} of signal processing's operators. */
  static final class SignalBoundaryConverter implements ITypeConverter<Signal2d.Boundary> {
    @Override
    public Signal2d.Boundary convert(String text) {
      return find(text, Arrays.asList(Signal2d.Boundary.values()));
    }
  }

  /** Reads {@code --boundary} of photographs. */
  static final class BoundaryConverter implements ITypeConverter<Boundary> {
    @Override
    public Boundary convert(String text) {
      return find(text, Arrays.asList(Boundary.values()));
    }
  }

  /** Reads {@code --separable}. */
  static final class SeparableConverter implements ITypeConverter<ImageKernelOptions.Separable> {
    @Override
    public ImageKernelOptions.Separable convert(String text) {
      return find(text, Arrays.asList(ImageKernelOptions.Separable.values()));
    }
  }

  /** Reads {@code --kernels}. */
  static final class KernelsConverter implements ITypeConverter<Kernels> {
    @Override
    public Kernels convert(String text) {
      return find(text, Arrays.asList(Kernels.values()));
    }
  }

  /** Reads {@code --network}. */
  static final class NetworkConverter implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      String name = text.toLowerCase(Locale.ROOT);
      if (!LayerTable.NETWORKS.contains(name)) {
        throw new TypeConversionException(
            "is '" + text + "', must be one of " + String.join(", ", LayerTable.NETWORKS));
      }
      return name;
    }
  }

  /** Reads {@code --pass}. */
  static final class PassConverter implements ITypeConverter<BenchPass> {
    @Override
    public BenchPass convert(String text) {
      return find(text, Arrays.asList(BenchPass.values()));
    }
  }
}
