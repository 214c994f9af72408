package io.github.colonnade.internal.conv;

import java.lang.foreign.MemorySegment;

/**
 * Weights that were laid out for one pass of one plan, as a call reads them.
 *
 * @param plain the weights as they were given. Not modified.
 * @param laidOut what {@link PassPlan.Preparation#layOut} made of them. Not modified.
 * @param finite whether all of them are finite
 */
public record PreparedOperand(MemorySegment plain, MemorySegment laidOut, boolean finite) {}
