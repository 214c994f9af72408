package app

import io.github.colonnade.Conv2d
import io.github.colonnade.DType
import io.github.colonnade.Padding
import io.github.colonnade.Tensor
import java.lang.foreign.Arena

fun main() {
    val conv = Conv2d.builder(3, 16, 3, 3).padding(Padding.SAME_UPPER).build()
    Arena.ofConfined().use { arena ->
        val images = Tensor.allocate(arena, DType.F32, 2, 3, 16, 16).fill(1.0)
        val weight = Tensor.allocate(arena, DType.F32, 16, 3, 3, 3).fill(0.5)
        // No bias.
        val features: Tensor = conv.forward(arena, images, weight, null)
        check(features[0] == 6.0) { "is ${features[0]}" }
        check(features.shape().contentEquals(longArrayOf(2, 16, 16, 16)))
    }
}
