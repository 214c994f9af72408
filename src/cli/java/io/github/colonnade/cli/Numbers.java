package io.github.colonnade.cli;

import io.github.colonnade.cli.files.WholeNumber;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers from options: what was given and what is due, in every message. */
final class Numbers {
  private Numbers() {}

  /** Reads a comma-separated list. */
  static long[] parseList(String text) {
    String[] parts = text.split(",", -1);
    long[] numbers = new long[parts.length];
    for (int i = 0; i < parts.length; i++) {
      numbers[i] = parse(parts[i]);
    }
    return numbers;
  }

  /** Reads one number. */
  static long parse(String text) {
    try {
      return WholeNumber.parse(text);
    } catch (NumberFormatException notWhole) {
      throw new TypeConversionException(notWhole.getMessage());
    }
  }

  private static long parse(String text, long least) {
    return requireAtLeast(least, parse(text));
  }

  private static long requireAtLeast(long least, long number) {
    if (number < least) {
      throw new TypeConversionException("is " + number + ", must be at least " + least);
    }
    return number;
  }

  /** A number from 1. */
  static final class Positive implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return parse(text, 1);
    }
  }

  /** A number from 1 that an int holds. */
  static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      long number = parse(text, 1);
      if (number > Integer.MAX_VALUE) {
        throw new TypeConversionException(
            "is " + number + ", must be at most " + Integer.MAX_VALUE);
      }
      return (int) number;
    }
  }

  /** A whole number, below 0 too. */
  static final class Whole implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return parse(text);
    }
  }

  /** A number that is not 0. */
  static final class NotZero implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      long number = parse(text);
      if (number == 0) {
        throw new TypeConversionException("is 0, must not be 0");
      }
      return number;
    }
  }

  /** A number of threads. */
  static final class Threads implements ITypeConverter<Integer> {
    /** As of {@code -Dcolonnade.threads}. */
    private static final int MOST = 4096;

    @Override
    public Integer convert(String text) {
      long threads = parse(text, 1);
      if (threads > MOST) {
        throw new TypeConversionException("is " + threads + ", must be at most " + MOST);
      }
      return (int) threads;
    }
  }

  /**
   * One number for both axes, or one for each.
   *
   * @param h for the vertical axis
   * @param w for the horizontal axis
   */
  record Pair(long h, long w) {
    static final Pair ZERO = new Pair(0, 0);
    static final Pair ONE = new Pair(1, 1);
  }

  private static Pair parsePair(String text, long least) {
    long[] numbers = parseList(text);
    if (numbers.length > 2) {
      throw new TypeConversionException(
          "is '" + text + "', must be one number or two, such as 2 or 2,1");
    }
    for (long number : numbers) {
      requireAtLeast(least, number);
    }
    return new Pair(numbers[0], numbers[numbers.length - 1]);
  }

  /** Reads a {@link Pair} of numbers from 1. */
  static final class PairConverter implements ITypeConverter<Pair> {
    @Override
    public Pair convert(String text) {
      return parsePair(text, 1);
    }
  }

  /** Reads a {@link Pair} of numbers from 0. */
  static final class PairFromZeroConverter implements ITypeConverter<Pair> {
    @Override
    public Pair convert(String text) {
      return parsePair(text, 0);
    }
  }

  /**
   * The shape of a batch of images.
   *
   * @param n images
   * @param c channels
   * @param h rows
   * @param w columns
   */
  record Shape(long n, long c, long h, long w) {
    long[] sizes() {
      return new long[] {n, c, h, w};
    }
  }

  /** Reads a {@link Shape}. */
  static final class ShapeConverter implements ITypeConverter<Shape> {
    @Override
    public Shape convert(String text) {
      long[] sizes = parseList(text);
      if (sizes.length != 4) {
        throw new TypeConversionException("is '" + text + "', must be N,C,H,W");
      }
      for (long size : sizes) {
        requireAtLeast(0, size);
      }
      return new Shape(sizes[0], sizes[1], sizes[2], sizes[3]);
    }
  }

  /** Reads any number, NaN and Infinity too. */
  static final class Real implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      try {
        return Double.parseDouble(text.strip());
      } catch (NumberFormatException noNumber) {
        throw new TypeConversionException("is '" + text + "', must be a number");
      }
    }
  }
}
