namespace Purser.Providers.Tokens;

/// <summary>
/// What a provider's own counts of one model's input are to the estimates of them. Learned as counts arrive: the ratio is the median of the
/// latest ones, so that a few odd requests don't move it, and the stated error is what nine of ten of the latest estimates by a learned ratio
/// stayed below, each made before its count was known. Thread-safe; memory is bounded.
/// </summary>
public sealed class TokenRatio
{
    /// <summary>How many of the latest counts are remembered.</summary>
    public const int Window = 64;

    /// <summary>How many counts it takes before they are used: half of them make a ratio, and the others try it.</summary>
    public const int Enough = 16;

    /// <summary>Smaller inputs teach nothing: most of them is frame.</summary>
    public const int Smallest = 32;

    // A ratio beyond is no tokenizer's: the provider counts something else.
    private const double MostRatio = 16;

    // Of the counts after the first window.
    private const int Sampled = 32;

    private readonly Lock gate = new();
    private readonly double[] ratios = new double[Window];
    private readonly double[] errors = new double[Window];
    private double median;
    private long tried;
    private long seen;
    private long offered;
    private State state = new(1, null);

    private sealed record State(double Ratio, double? Error);

    /// <summary>The factor to multiply an estimate with; 1 until enough is learned.</summary>
    public double Value => Volatile.Read(ref state).Ratio;

    /// <summary>The relative error that nine of ten estimates stayed below; null until enough is learned.</summary>
    public double? Error => Volatile.Read(ref state).Error;

    /// <summary>How many counts were learned from.</summary>
    public long Seen => Interlocked.Read(ref seen);

    /// <summary>Whether the next count is worth the pass over its text: each of the first <see cref="Window"/>, and then one in thirty-two.</summary>
    public bool Wants() => Seen < Window || Interlocked.Increment(ref offered) % Sampled == 0;

    /// <summary>Takes one count.</summary>
    /// <param name="estimate">What was estimated before any ratio. Below <see cref="Smallest"/> nothing is learned.</param>
    /// <param name="counted">What the provider counted. What no count can be teaches nothing.</param>
    public void Learn(double estimate, long counted)
    {
        if (!(estimate >= Smallest) || counted <= 0 || counted > estimate * MostRatio || counted * MostRatio < estimate)
        {
            return;
        }
        lock (gate)
        {
            ratios[(int)(seen % Window)] = counted / estimate;
            Interlocked.Increment(ref seen);
            if (seen > Enough / 2)
            {
                errors[tried++ % Window] = Math.Abs(estimate * median - counted) / counted;
            }
            if (seen >= Enough / 2)
            {
                median = Quantile(ratios, seen, 0.5);
            }
            if (seen >= Enough)
            {
                Volatile.Write(ref state, new State(median, Quantile(errors, tried, 0.9)));
            }
        }
    }

    private static double Quantile(double[] values, long all, double part)
    {
        var count = (int)Math.Min(all, Window);
        Span<double> sorted = stackalloc double[Window];
        values.AsSpan(0, count).CopyTo(sorted);
        sorted = sorted[..count];
        sorted.Sort();
        return sorted[Math.Min(count - 1, (int)Math.Ceiling(part * count) - 1)];
    }
}
