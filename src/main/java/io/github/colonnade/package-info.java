/**
 * Two-dimensional convolution and pooling, forward and backward, in double and single precision.
 *
 * {@snippet file="io/github/colonnade/examples/ConvolveBatch.java" region="batch"}
 *
 * <h2>How it fits together</h2>
 *
 * <p>A {@link Tensor} is a shape and a type over memory: native memory that an {@link
 * java.lang.foreign.Arena} owns, which is freed when the arena is closed, or an array, a buffer or
 * a segment that the program has already. Activations are {@code [N, C, H, W]}, weights {@code [O,
 * C/groups, KH, KW]}, both in C order. "Convolution" means cross-correlation, as in every
 * deep-learning framework.
 *
 * <p>An operator such as {@link Conv2d} is made by its builder, is immutable and may be shared
 * between threads. {@code forward(arena, …)} allocates the result; with an output given it writes
 * there. A convolution's {@link ConvPlan} has decided everything that depends on the shapes and
 * computes all passes without allocating; {@link PlanOptions} say what it may use.
 *
 * <p>A tensor may lie in native memory or in an array on the heap; an operator computes with a copy
 * of the latter. Operators are equal if they were told the same, options and threads included, and
 * {@linkplain java.io.Serializable serializable}: a stream holds what was told, and reading it
 * checks that again. If no builder accepts it, that is an {@link java.io.InvalidObjectException}.
 * Plans, tensors and tunings belong to their process.
 *
 * <table class="striped">
 *   <caption>Where to look</caption>
 *   <thead>
 *     <tr><th scope="col">for</th><th scope="col">see</th></tr>
 *   </thead>
 *   <tbody>
 *     <tr><th scope="row">convolutions and their gradients</th>
 *       <td>{@link Conv2d}, {@link ConvTranspose2d}, {@link ConvPlan}</td></tr>
 *     <tr><th scope="row">pools</th>
 *       <td>{@link MaxPool2d}, {@link AvgPool2d}, {@link AdaptiveMaxPool2d},
 *         {@link AdaptiveAvgPool2d}, {@link MaxUnpool2d}</td></tr>
 *     <tr><th scope="row">filters of one plane, as SciPy has them</th>
 *       <td>{@link Signal2d}</td></tr>
 *     <tr><th scope="row">Gaussian, Sobel, box and other separable filters</th>
 *       <td>{@link SeparableFilter2d}, {@link SeparableKernel}</td></tr>
 *     <tr><th scope="row">borders</th><td>{@link Padding} (zeros), {@link Pad2d}</td></tr>
 *     <tr><th scope="row">what else a network needs</th>
 *       <td>{@link Linear}, {@link Relu}, {@link SoftmaxCrossEntropy}, {@link Elementwise},
 *         {@link RandomFill}</td></tr>
 *     <tr><th scope="row">columns, and the bare multiply</th>
 *       <td>{@link Im2col}, {@link MatrixMultiply}</td></tr>
 *     <tr><th scope="row">NumPy's files</th><td>{@link Npy}, {@link Npz}</td></tr>
 *     <tr><th scope="row">algorithm, threads, scratch memory</th>
 *       <td>{@link PlanOptions}, {@link Algorithm}, {@link Tuning}, {@link Workspace}</td></tr>
 *     <tr><th scope="row">the native library</th><td>{@link OpenBlas}</td></tr>
 *   </tbody>
 * </table>
 *
 * <h2>What every operator does</h2>
 *
 * <ul>
 *   <li>It checks all arguments before it writes anything. A wrong one is an exception that names
 *       the operand, what it is and what it must be; the JVM does not crash.
 *   <li>Its results have the same bits at any number of threads.
 *   <li>Outputs must not overlap inputs.
 * </ul>
 *
 * @serial exclude
 */
@NullMarked
package io.github.colonnade;

import org.jspecify.annotations.NullMarked;
