using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>Tells whether a prompt is like those that were learned from. Immutable.</summary>
/// <param name="Floors">How like them a familiar prompt is at least, in each way of <see cref="Likeness"/>.</param>
internal sealed record Familiarity(float[] Floors)
{
    private const double Share = 0.98;
    private const float ItsOwn = 0.99999f;

    /// <summary>Learns what is usual: nearly all training prompts are familiar.</summary>
    public static Familiarity Learn(IReadOnlyList<Sight> trained)
    {
        float[][] likeness = [.. trained.Select(sight => Likeness(sight, trained: true))];
        var floors = new float[likeness[0].Length];
        for (var way = 0; way < floors.Length; way++)
        {
            var sorted = likeness.Select(each => each[way]).OrderDescending().ToArray();
            floors[way] = sorted[(int)(Share * (sorted.Length - 1))];
        }

        return new Familiarity(floors);
    }

    /// <summary>Whether a prompt is like them.</summary>
    /// <param name="sight">The prompt.</param>
    /// <param name="trained">Whether it's one of them; it's then measured as if it weren't.</param>
    public bool Has(Sight sight, bool trained = false)
    {
        var likeness = Likeness(sight, trained);
        for (var way = 0; way < Floors.Length; way++)
        {
            if (likeness[way] < Floors[way])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The share of its grams that are known, and how near the nearest landmark is in form and in topics. A training prompt is measured as if it
    /// hadn't been there: by grams that others have too, and by the next landmark if it is one.
    /// </summary>
    private static float[] Likeness(Sight sight, bool trained) =>
        [trained ? sight.Point.KnownElsewhere : sight.Point.Known, Nearest(sight.Near[0], trained), Nearest(sight.Near[1], trained)];

    private static float Nearest(float[] near, bool trained)
    {
        var nearest = TensorPrimitives.Max<float>(near);
        return trained && nearest > ItsOwn && near.Length > 1 ? near.OrderDescending().ElementAt(1) : nearest;
    }
}
