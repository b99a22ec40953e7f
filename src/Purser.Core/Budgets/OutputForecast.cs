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

    private readonly Lock gate = new();
    private readonly long[] latest = new long[Remembered];
    private int count;

    /// <summary>Takes the output of an answer, in tokens.</summary>
    public void Add(long outputTokens)
    {
        lock (gate)
        {
            latest[count++ % Remembered] = outputTokens;
        }
    }

    /// <summary>What 95 of 100 answers don't exceed, in tokens; null where there were fewer than 8.</summary>
    public long? Predict()
    {
        Span<long> sorted = stackalloc long[Remembered];
        int known;
        lock (gate)
        {
            known = Math.Min(count, Remembered);
            latest.AsSpan(0, known).CopyTo(sorted);
        }

        if (known < Fewest)
        {
            return null;
        }

        sorted = sorted[..known];
        sorted.Sort();
        return sorted[((known * Percentile) + 99) / 100 - 1];
    }
}
