package io.github.colonnade;

/** One random call of an operator; its text says all that was drawn. */
interface FuzzCase {
  /**
   * Runs it, in memory of any kind and by any number of threads, and compares with the definition.
   *
   * @return a hash of the bits that it made, whose NaN are all one
   * @throws AssertionError if they are wrong
   */
  long run();
}
