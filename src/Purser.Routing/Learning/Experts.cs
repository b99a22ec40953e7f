using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>What the experts learned of one target: linear in the terms, near in form and topics, trees; and how much each is believed.</summary>
/// <param name="Mean">The target's mean in training.</param>
/// <param name="Linear">The weights of the terms, already mixed.</param>
/// <param name="Kernels">For each kernel the weights of its landmarks, already mixed.</param>
/// <param name="Trees">The trees.</param>
/// <param name="Belief">How much of each of <paramref name="Trees"/> is taken.</param>
/// <param name="Calibration">Brings what comes out to a probability.</param>
internal sealed record Experts(float Mean, float[] Linear, float[][] Kernels, BoostedTrees[] Trees, float[] Belief, PlattScale Calibration)
{
    /// <summary>What the target is expected to be, above its mean.</summary>
    /// <param name="point">The prompt.</param>
    /// <param name="near">How near it is to each kernel's landmarks.</param>
    public float Above(PromptPoint point, float[][] near)
    {
        var sum = SparseRidge.Dot(point.Row, Linear);
        for (var kernel = 0; kernel < Kernels.Length; kernel++)
        {
            sum += TensorPrimitives.Dot<float>(near[kernel], Kernels[kernel]);
        }

        for (var at = 0; at < Trees.Length; at++)
        {
            if (Belief[at] > 0)
            {
                sum += Belief[at] * Trees[at].Predict(point.Columns[at % point.Columns.Length]);
            }
        }

        return sum;
    }
}
