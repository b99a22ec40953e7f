namespace Purser.Core.Budgets;

/// <summary>
/// How long the answers of one kind of request are: a high quantile of the latest ones. It adapts as they change. Safe for use by several
/// threads.
/// </summary>
public sealed class OutputForecast
{
    private const int Remembered = 64;
    private const int Fewest = 8;
    private const int Percentile = 95;
    private const int Half = 50;

    private readonly Lock gate = new();
    private readonly long[] latest = new long[Remembered];
    private int next;
    private int known;

    /// <summary>Takes the output of an answer, in tokens.</summary>
    public void Add(long outputTokens)
    {
        lock (gate)
        {
            // Two figures that stay small: a count of all answers would run over one day.
            latest[next] = outputTokens;
            next = (next + 1) % Remembered;
            known = Math.Min(known + 1, Remembered);
        }
    }

    /// <summary>What 95 of 100 answers don't exceed, in tokens; null where there were fewer than 8.</summary>
    public long? Predict() => Quantile(Percentile);

    /// <summary>What half of the answers don't exceed, in tokens; null where there were fewer than 8.</summary>
    public long? Median() => Quantile(Half);

    private long? Quantile(int percent)
    {
        Span<long> sorted = stackalloc long[Remembered];
        lock (gate)
        {
            if (known < Fewest)
            {
                return null;
            }

            latest.AsSpan(0, known).CopyTo(sorted);
            sorted = sorted[..known];
        }

        sorted.Sort();
        return sorted[((sorted.Length * percent) + 99) / 100 - 1];
    }
}
