namespace Purser.Routing.Learning;

/// <summary>What was learned of the training prompts without their outcomes: where a prompt stands, and what it is near to. Immutable.</summary>
/// <param name="Space">Terms, topics and form.</param>
/// <param name="Kernels">The kernels, one for each view.</param>
/// <param name="Index">The training prompts.</param>
internal sealed record Surroundings(PromptSpace Space, LandmarkKernel[] Kernels, NeighbourIndex Index)
{
    private static readonly int Most = BelievedNeighbours.Counts[^1];

    /// <summary>Sees a prompt.</summary>
    public Sight See(RequestFeatures prompt) => See(Space.Place(prompt), null);

    /// <summary>Sees a training prompt.</summary>
    /// <param name="point">Where it stands.</param>
    /// <param name="without">Which training prompts aren't its neighbours; null for none.</param>
    public Sight See(PromptPoint point, bool[]? without) =>
        new(point, [.. Kernels.Select((kernel, view) => kernel.Near(point.Views[view]))], Index.Nearest(point.Row, Most, without));
}
