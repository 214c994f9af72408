package io.github.colonnade;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.io.Serializable;
import java.util.function.Supplier;

/**
 * An operator before it has operands. It is equal to another that was specified alike, and what
 * goes to a stream is what its builder was told: reading it builds the operator again, with all of
 * the builder's checks, so that no stream makes one that could not be built.
 */
abstract class Specification implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  /**
   * What a builder was told: a record, which says what is equal, and whose {@code readResolve}
   * returns {@link #rebuild}.
   */
  interface Form extends Serializable {}

  /** Returns what the builder was told. */
  abstract Form form();

  /** Builds what a stream says, or throws what reading a stream does if it cannot be. */
  static Specification rebuild(Supplier<Specification> builder) throws ObjectStreamException {
    try {
      return builder.get();
    } catch (IllegalArgumentException | NullPointerException wrong) {
      InvalidObjectException thrown = new InvalidObjectException(wrong.getMessage());
      thrown.initCause(wrong);
      throw thrown;
    }
  }

  @Serial
  final Object writeReplace() {
    return form();
  }

  @Serial
  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    readObjectNoData();
  }

  @Serial
  private void readObjectNoData() throws InvalidObjectException {
    throw new InvalidObjectException(getClass().getSimpleName() + ": must be read from its form");
  }

  @Override
  public final boolean equals(Object other) {
    return other == this
        || (other instanceof Specification that
            && getClass() == that.getClass()
            && form().equals(that.form()));
  }

  @Override
  public final int hashCode() {
    return form().hashCode();
  }
}
