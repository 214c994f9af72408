package io.github.colonnade.spark;

import java.io.Serial;

/**
 * Says in one line why a row cannot be computed; the row's name comes first: the path of its file,
 * or what {@link RowOptions#nameColumn} says. Spark hands it to the driver as the reason of the
 * task's failure.
 */
public final class RowException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  RowException(String message, Throwable cause) {
    super(message, cause);
  }
}
