/**
 * Convolution tap by tap, without a column matrix: for depthwise layers and groups of few channels.
 * {@code TapAxis} makes plain shifts of strides and dilations, {@code TapCut} cuts the work, {@code
 * F64TapLines} holds the rows that a tile reads on the heap, {@code F64TapLoops} multiplies and
 * adds them, which C2 makes vectors of. With the Vector API, and on small planes without, {@code
 * F64BandConvolution} computes the same bits band by band, as {@code BandTiling} cuts them: {@code
 * F64BandCopies} moves rows, {@code F64BandLoops} computes; with the Vector API {@code
 * F64VectorBandCopies} moves, {@code F64VectorBandRows} computes where nine weights stay in
 * registers, {@code F64VectorBandLoops} elsewhere. {@code F64BandBackwardWeights} is the weights'
 * gradient, cut by {@code BandGradientTiling}, with {@code F64BandGradient} or {@code
 * F64VectorBandGradient}. Wide planes of few channels go strip by strip, as {@code StripTiling}
 * cuts them, in {@code F64StripConvolution}, again with the same bits: by {@code F64RowLoops}, or
 * {@code F64VectorRowLoops} and, where sums are complete, {@code F64VectorLastLoops}. It uses
 * {@code lowering} and what that uses, and {@code reference} where a weight is not finite.
 */
package io.github.colonnade.internal.conv.direct;
