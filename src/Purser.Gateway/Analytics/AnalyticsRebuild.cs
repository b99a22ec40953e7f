using DuckDB.NET.Data;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Analytics;

/// <summary>Makes the analytics store of a data folder again from its journal, without a running gateway.</summary>
public static class AnalyticsRebuild
{
    /// <summary>Writes all segments again; those whose hash isn't the one that the journal has are sealed anew.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="clock">Says which hours and days are over.</param>
    /// <param name="logger">Is told of failures.</param>
    /// <param name="progress">Called with how many entries are in, and how many there are.</param>
    /// <param name="cancellationToken">Ends it between two segments; what is missing is made by the next one.</param>
    /// <exception cref="IOException">A gateway runs on the folder, or the disk says no.</exception>
    /// <exception cref="InvalidDataException">The ledger isn't one that this version can read.</exception>
    public static async Task<AnalyticsRebuilt> RunAsync(
        string data,
        TimeProvider clock,
        ILogger logger,
        Action<long, long>? progress,
        CancellationToken cancellationToken
    )
    {
        if (!File.Exists(LedgerStore.FileIn(data)))
        {
            throw new FileNotFoundException($"There is no ledger in {data}: purser.db is missing.");
        }

        await using var ledger = LedgerStore.Open(data, Durability.ProcessCrash, clock, logger);
        try
        {
            return ledger.Analytics.Rebuild(progress, cancellationToken);
        }
        catch (DuckDBException exception)
        {
            throw new IOException($"The segments can't be written: {exception.Message}", exception);
        }
    }
}
