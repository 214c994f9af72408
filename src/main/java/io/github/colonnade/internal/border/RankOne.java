package io.github.colonnade.internal.border;

/** The product of a column and a row nearest to a matrix. */
public final class RankOne {
  /** For rank one the first step is the last but for rounding; others are given up in time. */
  private static final int MOST_STEPS = 100;

  private final double[] column;
  private final double[] row;
  private final double remainder;

  private RankOne(double[] column, double[] row, double remainder) {
    this.column = column;
    this.row = row;
    this.remainder = remainder;
  }

  /** Returns the column, whose largest element in size is 1 or, of zeros alone, 0. */
  public double[] column() {
    return column;
  }

  /** Returns the row. */
  public double[] row() {
    return row;
  }

  /** Returns the Frobenius norm of the difference, as a share of that of the matrix. */
  public double remainder() {
    return remainder;
  }

  /** Returns the nearest product; of finite elements, row by row. */
  public static RankOne nearest(double[] matrix, int rows, int columns) {
    int pivot = 0;
    for (int i = 1; i < matrix.length; i++) {
      if (Math.abs(matrix[i]) > Math.abs(matrix[pivot])) {
        pivot = i;
      }
    }
    double largest = Math.abs(matrix[pivot]);
    if (largest == 0) {
      return new RankOne(new double[rows], new double[columns], 0);
    }
    // A power of two, so that squares neither overflow nor vanish and nothing is rounded.
    int exponent = Math.getExponent(largest);
    double[] scaled = new double[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      scaled[i] = Math.scalb(matrix[i], -exponent);
    }
    RankOne product = cross(scaled, rows, columns, pivot);
    for (int step = 0; step < MOST_STEPS && product.remainder > 0; step++) {
      RankOne nearer = product.improved(scaled);
      if (nearer.remainder >= product.remainder) {
        break;
      }
      product = nearer;
    }
    for (int j = 0; j < columns; j++) {
      product.row[j] = Math.scalb(product.row[j], exponent);
    }
    return product;
  }

  /** Returns the product of the column and the row of one element. */
  private static RankOne cross(double[] matrix, int rows, int columns, int pivot) {
    double[] column = new double[rows];
    double[] row = new double[columns];
    for (int i = 0; i < rows; i++) {
      column[i] = matrix[i * columns + pivot % columns] / matrix[pivot];
    }
    System.arraycopy(matrix, pivot / columns * columns, row, 0, columns);
    return of(matrix, column, row);
  }

  /** Returns the product after a step of least squares for the column, then for the row. */
  private RankOne improved(double... matrix) {
    double[] newColumn = new double[column.length];
    double[] newRow = new double[row.length];
    double most = 0;
    for (int i = 0; i < newColumn.length; i++) {
      for (int j = 0; j < newRow.length; j++) {
        newColumn[i] += matrix[i * newRow.length + j] * row[j];
      }
      most = Math.abs(newColumn[i]) > Math.abs(most) ? newColumn[i] : most;
    }
    double squares = 0;
    for (int i = 0; i < newColumn.length; i++) {
      newColumn[i] /= most;
      squares += newColumn[i] * newColumn[i];
    }
    for (int i = 0; i < newColumn.length; i++) {
      for (int j = 0; j < newRow.length; j++) {
        newRow[j] += matrix[i * newRow.length + j] * newColumn[i];
      }
    }
    for (int j = 0; j < newRow.length; j++) {
      newRow[j] /= squares;
    }
    return of(matrix, newColumn, newRow);
  }

  private static RankOne of(double[] matrix, double[] column, double[] row) {
    double difference = 0;
    double whole = 0;
    for (int i = 0; i < column.length; i++) {
      for (int j = 0; j < row.length; j++) {
        double element = matrix[i * row.length + j];
        double rest = element - column[i] * row[j];
        difference += rest * rest;
        whole += element * element;
      }
    }
    return new RankOne(column, row, Math.sqrt(difference / whole));
  }
}
