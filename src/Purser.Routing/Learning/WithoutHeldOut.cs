using Purser.Routing.Evidence;

namespace Purser.Routing.Learning;

/// <summary>A predictor as a model file without held-out rows.</summary>
public static class WithoutHeldOut
{
    extension(LearnedPredictor predictor)
    {
        /// <summary>Itself.</summary>
        public SuccessPredictor Predictor => predictor;

        /// <summary>None.</summary>
        public IReadOnlyList<HeldOutRow> HeldOut => [.. predictor.Models.Take(0).Select(_ => new HeldOutRow(TaskClass.Other, []))];
    }
}
